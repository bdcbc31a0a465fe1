package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTargetStatus;
import dev.trainyard.api.v1alpha1.ComputeTargetType;
import dev.trainyard.operator.status.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a provider found out about a target.
 *
 * @param ready whether runs can be sent to it
 * @param provisioningState Azure's word for the state of the resource behind it
 * @param nodeCounts number of nodes by state; empty where the target has none of its own
 * @param machine what was found on the machine, where the target is one
 * @param checks what was checked, in order; empty where nothing is
 */
public record TargetState(
    boolean ready,
    Reason reason,
    String message,
    String provisioningState,
    Map<String, Integer> nodeCounts,
    Optional<ComputeTargetStatus.Machine> machine,
    List<ComputeTargetStatus.Check> checks) {

  /** The state of a target that is no machine. */
  public TargetState(
      boolean ready,
      Reason reason,
      String message,
      String provisioningState,
      Map<String, Integer> nodeCounts) {
    this(ready, reason, message, provisioningState, nodeCounts, Optional.empty(), List.of());
  }

  /** Whether the target will not become ready by itself. */
  public boolean isStalled() {
    return !ready && reason == Reason.TARGET_TYPE_NOT_SUPPORTED;
  }

  /** The state of a target whose type has no provider. */
  public static TargetState unsupported(ComputeTargetType type) {
    return new TargetState(
        false,
        Reason.TARGET_TYPE_NOT_SUPPORTED,
        "This version of Trainyard has no provider for targets of type "
            + text(type)
            + ": the target is kept, and runs on it wait. Use a target of type local.",
        "Unsupported",
        Map.of());
  }

  private static String text(ComputeTargetType type) {
    return switch (type) {
      case LOCAL -> "local";
      case DSVM -> "dsvm";
      case BATCH_AI -> "batchAI";
      case ACI -> "aci";
      case HD_INSIGHT -> "hdInsight";
    };
  }
}
