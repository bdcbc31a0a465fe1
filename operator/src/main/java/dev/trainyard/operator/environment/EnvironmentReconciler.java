package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentStatus;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.EnvironmentImages;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Events;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an environment to its image: found in the registry, or built by a Job. Deletes it with its
 * image once nothing has used it for long; a build that is under way ends first, so that none
 * pushes an image that is nobody's. The status is written once, at the end.
 */
@ControllerConfiguration
public final class EnvironmentReconciler implements Reconciler<Environment>, Cleaner<Environment> {
  private static final Logger LOG = LoggerFactory.getLogger(EnvironmentReconciler.class);
  private static final Duration REGISTRY_PATIENCE = Duration.ofMinutes(2);
  private static final Duration POD_PATIENCE = Duration.ofMinutes(1);
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration MOMENT = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final EnvironmentImages images;
  private final EnvironmentWatches watches;
  private final Build build;
  private final EnvironmentUses uses;
  private final Events events;
  private final Clock clock;

  EnvironmentReconciler(
      KubernetesClient client,
      EnvironmentImages images,
      EnvironmentWatches watches,
      Build build,
      EnvironmentUses uses,
      Events events,
      Clock clock) {
    this.client = client;
    this.images = images;
    this.watches = watches;
    this.build = build;
    this.uses = uses;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, Environment>> prepareEventSources(
      EventSourceContext<Environment> context) {
    return watches.eventSources(context);
  }

  @Override
  public UpdateControl<Environment> reconcile(
      Environment environment, Context<Environment> context) {
    Optional<Duration> kept = uses.left(environment);
    if (kept.isPresent() && !kept.get().isPositive()) {
      return unused(environment);
    }
    var progress = new EnvironmentProgress(environment, clock);
    progress.used(uses.last(environment));
    Optional<Duration> again = build.advance(progress);
    EnvironmentStatus status = progress.status();
    UpdateControl<Environment> control =
        status.equals(environment.getStatus())
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(patch(environment, status));
    publishTransition(environment, progress);
    sooner(again, kept.or(uses::lookAgain)).ifPresent(control::rescheduleAfter);
    return control;
  }

  private static Optional<Duration> sooner(Optional<Duration> one, Optional<Duration> other) {
    return Stream.of(one, other).flatMap(Optional::stream).min(Duration::compareTo);
  }

  /**
   * Deletes an environment as it was looked at: a run that says in the same moment that it needs it
   * changes it, and then the API server refuses.
   */
  private UpdateControl<Environment> unused(Environment environment) {
    String name = environment.getMetadata().getName();
    try {
      client
          .resource(environment)
          .lockResourceVersion(environment.getMetadata().getResourceVersion())
          .delete();
      LOG.info("Deleting {}: nothing used it for long", name);
      return UpdateControl.noUpdate();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      LOG.info("Keeping {}: it changed while it was about to go", name);
      return UpdateControl.<Environment>noUpdate().rescheduleAfter(SOON);
    }
  }

  @Override
  public DeleteControl cleanup(Environment environment, Context<Environment> context) {
    try {
      Instant asked = Instant.parse(environment.getMetadata().getDeletionTimestamp());
      if (build.end(environment) && clock.instant().isBefore(asked.plus(POD_PATIENCE))) {
        return DeleteControl.noFinalizerRemoval().rescheduleAfter(MOMENT);
      }
      images.delete(environment.getMetadata().getNamespace(), environment.getMetadata().getName());
      return DeleteControl.defaultDelete();
    } catch (RegistryException e) {
      Instant asked = Instant.parse(environment.getMetadata().getDeletionTimestamp());
      if (clock.instant().isBefore(asked.plus(REGISTRY_PATIENCE))) {
        return DeleteControl.noFinalizerRemoval().rescheduleAfter(SOON);
      }
      LOG.warn(
          "The image of {} stays in the registry: {}",
          environment.getMetadata().getName(),
          e.getMessage());
      return DeleteControl.defaultDelete();
    }
  }

  private void publishTransition(Environment environment, EnvironmentProgress progress) {
    Condition now = progress.conditions().get(ConditionType.READY).orElseThrow();
    String before =
        Optional.ofNullable(environment.getStatus()).stream()
            .flatMap(status -> status.conditions().stream())
            .filter(condition -> condition.getType().equals(ConditionType.READY.toString()))
            .map(Condition::getReason)
            .findFirst()
            .orElse("");
    if (!Objects.equals(before, now.getReason())) {
      for (Reason reason : Reason.values()) {
        if (reason.toString().equals(now.getReason())) {
          boolean warning =
              switch (reason) {
                case BUILT, BUILDING, BUILD_PENDING -> false;
                default -> true;
              };
          events.publish(
              environment,
              environment.getMetadata().getResourceVersion(),
              warning,
              reason,
              now.getMessage());
        }
      }
    }
  }

  /** Name, namespace and status only; the resource version keeps a stale view from winning. */
  private static Environment patch(Environment environment, EnvironmentStatus status) {
    var patch = new Environment();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(environment.getMetadata().getName())
            .withNamespace(environment.getMetadata().getNamespace())
            .withResourceVersion(environment.getMetadata().getResourceVersion())
            .build());
    patch.setStatus(status);
    return patch;
  }
}
