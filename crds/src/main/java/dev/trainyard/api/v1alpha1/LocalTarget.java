package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How runs are placed in the cluster that the operator runs in. */
public record LocalTarget(
    @Nullable
        @JsonPropertyDescription("What a node of a run gets when the run does not say itself.")
        Resources resources,
    @Nullable
        @Default("nvidia.com/gpu")
        @Size(min = 1, max = 253)
        @Pattern("^[a-z0-9.-]+/[-a-zA-Z0-9_.]+$")
        @JsonPropertyDescription("Resource name under which the nodes offer GPUs.")
        String gpuResource,
    @Nullable
        @Size(max = 32)
        @JsonPropertyDescription("Labels that a node must have to run a training pod.")
        Map<String, String> nodeSelector,
    @Nullable
        @Size(max = 32)
        @JsonPropertyDescription("Taints that training pods tolerate.")
        List<Toleration> tolerations,
    @Nullable
        @Size(max = 32)
        @JsonPropertyDescription("Volumes that every training pod on this target mounts.")
        List<Volume> volumes,
    @Nullable
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("PriorityClass of training pods.")
        String priorityClassName,
    @Nullable
        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
            "Kueue LocalQueue that training Jobs are put into, as the label"
                + " kueue.x-k8s.io/queue-name.")
        String queueName) {

  /** A toleration with the meaning it has in a pod. */
  @ValidationRule(
      value = "!(has(self.operator) && self.operator == 'Exists' && has(self.value))",
      message = "a toleration with operator Exists has no value: remove value or use Equal")
  public record Toleration(
      @Nullable @Size(max = 253) @JsonPropertyDescription("Key of the taint; empty: every taint.")
          String key,
      @Nullable @Default("Equal") @JsonPropertyDescription("Equal or Exists.")
          TolerationOperator operator,
      @Nullable @Size(max = 63) @JsonPropertyDescription("Value of the taint.") String value,
      @Nullable @JsonPropertyDescription("Effect of the taint; empty: every effect.")
          TaintEffect effect) {}

  /** How a toleration's value is compared. */
  public enum TolerationOperator {
    @JsonProperty("Equal")
    EQUAL,
    @JsonProperty("Exists")
    EXISTS
  }

  /** What a taint does. */
  public enum TaintEffect {
    @JsonProperty("NoSchedule")
    NO_SCHEDULE,
    @JsonProperty("PreferNoSchedule")
    PREFER_NO_SCHEDULE,
    @JsonProperty("NoExecute")
    NO_EXECUTE
  }

  /** A claim or a Secret, mounted at a path. */
  @ValidationRule(
      value = "has(self.persistentVolumeClaim) != has(self.secret)",
      message = "give exactly one of persistentVolumeClaim and secret for a volume")
  @ValidationRule(
      value = "!self.mountPath.contains('..')",
      message = "volumes[].mountPath must not contain '..'")
  @ValidationRule(
      value = "self.mountPath != '/azureml-run' && !self.mountPath.startsWith('/azureml-run/')",
      message = "volumes[].mountPath must not lie in /azureml-run, where the snapshot is")
  public record Volume(
      @Required
          @Size(min = 1, max = 50)
          @Pattern("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
          @JsonPropertyDescription("Name of the volume, unique in this target.")
          String name,
      @Required
          @Size(min = 2, max = 1024)
          @Pattern("^/[^:]+$")
          @JsonPropertyDescription("Absolute path in the container.")
          String mountPath,
      @Nullable @Default("false") @JsonPropertyDescription("Whether the mount is read-only.")
          Boolean readOnly,
      @Nullable
          @Size(min = 1, max = 253)
          @JsonPropertyDescription("Name of a PersistentVolumeClaim in the run's namespace.")
          String persistentVolumeClaim,
      @Nullable
          @Size(min = 1, max = 253)
          @JsonPropertyDescription("Name of a Secret in the run's namespace; always read-only.")
          String secret) {}
}
