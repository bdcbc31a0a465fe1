package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.List;

/** One kind of compute, seen as a target. Calls are short, idempotent and resumable. */
public interface TargetProvider {

  /**
   * The target's state, as far as it is known. Neither waits nor throws: what takes longer is found
   * out elsewhere and wakes the target through one of {@link #eventSources}.
   */
  TargetState observe(ComputeTarget target);

  /**
   * What wakes targets when their state has changed; asked for once, when the controller starts.
   */
  default List<EventSource<?, ComputeTarget>> eventSources(
      EventSourceContext<ComputeTarget> context) {
    return List.of();
  }
}
