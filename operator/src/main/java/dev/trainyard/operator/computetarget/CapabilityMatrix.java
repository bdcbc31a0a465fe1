package dev.trainyard.operator.computetarget;

import static dev.trainyard.api.v1alpha1.Capabilities.Support.MAYBE;
import static dev.trainyard.api.v1alpha1.Capabilities.Support.NO;
import static dev.trainyard.api.v1alpha1.Capabilities.Support.YES;

import dev.trainyard.api.v1alpha1.Capabilities;
import dev.trainyard.api.v1alpha1.ComputeTargetType;

/**
 * What each type of target can do: the table of the article "Select and use a compute target to
 * train your model" (October 2018).
 */
final class CapabilityMatrix {
  private CapabilityMatrix() {}

  static Capabilities of(ComputeTargetType type) {
    return switch (type) {
      case LOCAL -> new Capabilities(MAYBE, NO, YES, NO);
      case DSVM, BATCH_AI -> new Capabilities(YES, YES, YES, YES);
      case ACI -> new Capabilities(NO, NO, NO, NO);
      case HD_INSIGHT -> new Capabilities(NO, NO, NO, YES);
    };
  }
}
