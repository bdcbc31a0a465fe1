package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the operator knows of a compute target. */
@JsonClassDescription("What the operator knows of the target.")
public record ComputeTargetStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription(
            "Ready is True when runs can be sent to the target; otherwise its reason says why not.")
        List<Condition> conditions,
    @Nullable
        @JsonPropertyDescription("Creating, Updating, Deleting, Succeeded, Failed or Unsupported.")
        String provisioningState,
    @Nullable @JsonPropertyDescription("Number of nodes by state, where the target has nodes.")
        Map<String, Integer> nodeCounts,
    @Nullable @JsonPropertyDescription("Azure resource ids of what was made, by role.")
        Map<String, String> resourceIds,
    @Nullable @JsonPropertyDescription("What the type of target can do.") Capabilities capabilities,
    @Nullable @JsonPropertyDescription("What was found on the machine, where the target is one.")
        Machine machine,
    @Nullable @JsonPropertyDescription("Each thing that was checked on the way to the machine.")
        List<Check> checks) {

  /** What was found on a machine. */
  public record Machine(
      @JsonPropertyDescription("Operating system, as /etc/os-release names it.") String os,
      @JsonPropertyDescription("Architecture, as uname -m prints it.") String architecture,
      @JsonPropertyDescription("Number of processors.") Integer cores,
      @JsonPropertyDescription("Memory in MiB.") Long memoryMiB,
      @Nullable @JsonPropertyDescription("GPUs, as nvidia-smi names them.") List<String> gpus,
      @Nullable @JsonPropertyDescription("Version of the NVIDIA driver.") String gpuDriver,
      @Nullable @JsonPropertyDescription("Version of the Docker engine.") String dockerVersion,
      @Nullable @JsonPropertyDescription("Fingerprint of the host key that the machine showed.")
          String hostKeyFingerprint) {}

  /** One check. */
  public record Check(
      @JsonPropertyDescription("What was checked.") String name,
      @JsonPropertyDescription("Passed, Failed or NotReached.") String result,
      @JsonPropertyDescription("What was found.") String message) {}
}
