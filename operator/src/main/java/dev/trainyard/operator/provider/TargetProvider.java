package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTarget;

/** One kind of compute, seen as a target. Calls are short, idempotent and resumable. */
public interface TargetProvider {

  /**
   * Finds out the target's state without changing anything. Never throws for a target's trouble.
   */
  TargetState observe(ComputeTarget target);
}
