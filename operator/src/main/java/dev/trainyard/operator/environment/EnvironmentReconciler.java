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
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an environment to its image: found in the registry, or built by a Job. Deletes it with its
 * image once nothing has used it for long. The status is written once, at the end.
 */
@ControllerConfiguration
public final class EnvironmentReconciler implements Reconciler<Environment>, Cleaner<Environment> {
  private static final Logger LOG = LoggerFactory.getLogger(EnvironmentReconciler.class);
  private static final Duration REGISTRY_PATIENCE = Duration.ofMinutes(2);
  private static final Duration SOON = Duration.ofSeconds(10);

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
    if (uses.isOver(environment)) {
      LOG.info("Deleting {}: nothing used it for long", environment.getMetadata().getName());
      client.resource(environment).delete();
      return UpdateControl.noUpdate();
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
    again.ifPresent(control::rescheduleAfter);
    return control;
  }

  @Override
  public DeleteControl cleanup(Environment environment, Context<Environment> context) {
    try {
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
