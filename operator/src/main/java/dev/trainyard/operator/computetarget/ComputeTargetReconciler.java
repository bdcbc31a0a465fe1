package dev.trainyard.operator.computetarget;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.ComputeTargetStatus;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Conditions;
import dev.trainyard.operator.status.Events;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.List;
import java.util.Objects;

/**
 * Asks the provider of a target's type what state the target is in and writes the answer to its
 * status. A type without a provider is accepted and gets {@code Ready=False} with the reason {@link
 * Reason#TARGET_TYPE_NOT_SUPPORTED}.
 */
@ControllerConfiguration(name = "computetarget")
public final class ComputeTargetReconciler implements Reconciler<ComputeTarget> {
  private final Providers providers;
  private final Events events;
  private final Clock clock;

  public ComputeTargetReconciler(Providers providers, Events events, Clock clock) {
    this.providers = providers;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, ComputeTarget>> prepareEventSources(
      EventSourceContext<ComputeTarget> context) {
    return providers.targetEventSources(context);
  }

  @Override
  public UpdateControl<ComputeTarget> reconcile(
      ComputeTarget target, Context<ComputeTarget> context) {
    TargetState state =
        providers
            .forType(target.getSpec().type())
            .map(provider -> provider.targets().observe(target))
            .orElseGet(() -> TargetState.unsupported(target.getSpec().type()));
    if (state.reason() == Reason.CHECKING && wasChecked(target)) {
      // After a restart of the operator, what was found before counts until it is looked at anew.
      return UpdateControl.noUpdate();
    }
    ComputeTargetStatus status = status(target, state);
    if (status.equals(target.getStatus())) {
      return UpdateControl.noUpdate();
    }
    publishTransition(target, state);
    return UpdateControl.patchStatus(patch(target, status));
  }

  private static boolean wasChecked(ComputeTarget target) {
    ComputeTargetStatus status = target.getStatus();
    return status != null
        && status.checks() != null
        && Objects.equals(status.observedGeneration(), target.getMetadata().getGeneration());
  }

  private ComputeTargetStatus status(ComputeTarget target, TargetState state) {
    ComputeTargetStatus before = target.getStatus();
    long generation = target.getMetadata().getGeneration();
    var conditions =
        new Conditions(before == null ? List.of() : before.conditions(), generation, clock)
            .set(ConditionType.READY, state.ready(), state.reason(), state.message());
    conditions.only(ConditionType.STALLED, state.isStalled(), state.reason(), state.message());
    conditions.only(
        ConditionType.RECONCILING,
        !state.ready() && !state.isStalled(),
        state.reason(),
        state.message());
    return new ComputeTargetStatus(
        generation,
        conditions.list(),
        state.provisioningState(),
        state.nodeCounts().isEmpty() ? null : state.nodeCounts(),
        null,
        CapabilityMatrix.of(target.getSpec().type()),
        state.machine().orElse(null),
        state.checks().isEmpty() ? null : state.checks());
  }

  private void publishTransition(ComputeTarget target, TargetState state) {
    ComputeTargetStatus before = target.getStatus();
    boolean same =
        before != null
            && before.conditions().stream()
                .anyMatch(condition ->
                    condition.getType().equals(ConditionType.READY.toString())
                        && Objects.equals(condition.getReason(), state.reason().toString()));
    if (!same) {
      events.publish(
          target,
          target.getMetadata().getResourceVersion(),
          !state.ready() && state.reason() != Reason.CHECKING,
          state.reason(),
          state.message());
    }
  }

  private static ComputeTarget patch(ComputeTarget target, ComputeTargetStatus status) {
    var patch = new ComputeTarget();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(target.getMetadata().getName())
            .withNamespace(target.getMetadata().getNamespace())
            .build());
    patch.setStatus(status);
    return patch;
  }
}
