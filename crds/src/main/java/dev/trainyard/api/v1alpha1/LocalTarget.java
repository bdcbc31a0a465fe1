package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
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
        @Size(max = 253)
        @ValidationRule(
            value = "self.matches('^[a-z0-9.-]+/[-a-zA-Z0-9_.]+$')",
            message = "gpuResource must be a resource name with its domain, such as nvidia.com/gpu")
        @JsonPropertyDescription("Resource name under which the nodes offer GPUs.")
        String gpuResource,
    @Nullable
        @Size(max = 32)
        @ValidationRule(
            value =
                "self.all(k,"
                    + " k.matches('^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$')"
                    + " && self[k].matches('^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$'))",
            message =
                "nodeSelector must consist of label names and values: letters, digits, '-', '_' and"
                    + " '.', at most 63 of them")
        @JsonPropertyDescription("Labels that a node must have to run a training pod.")
        Map<String, @Size(max = 63) String> nodeSelector,
    @Nullable @Size(max = 32) @JsonPropertyDescription("Taints that training pods tolerate.")
        List<Toleration> tolerations,
    @Nullable
        @Size(max = 32)
        @ValidationRule(
            value = "self.all(v, self.exists_one(w, w.name == v.name))",
            message = "volumes[].name must be unique in a target")
        @ValidationRule(
            value = "self.all(v, self.exists_one(w, w.mountPath == v.mountPath))",
            message = "volumes[].mountPath must be unique in a target")
        @JsonPropertyDescription("Volumes that every training pod on this target mounts.")
        List<Volume> volumes,
    @Nullable
        @Size(max = 253)
        @ValidationRule(value = Rules.NAME, message = "priorityClassName" + Rules.NAME_MESSAGE)
        @JsonPropertyDescription("PriorityClass of training pods.")
        String priorityClassName,
    @Nullable
        @Size(max = 63)
        @ValidationRule(value = Rules.NAME, message = "queueName" + Rules.NAME_MESSAGE)
        @JsonPropertyDescription(
            "Kueue LocalQueue that training Jobs are put into, as the label"
                + " kueue.x-k8s.io/queue-name.")
        String queueName) {

  /** A toleration with the meaning it has in a pod. */
  @ValidationRule(
      value = "!(has(self.operator) && self.operator == 'Exists' && has(self.value))",
      message = "a toleration with operator Exists has no value: remove value or use Equal")
  @ValidationRule(
      value =
          "(has(self.key) && self.key != '') || (has(self.operator) && self.operator == 'Exists')",
      message = "a toleration without key stands for every taint: it needs operator Exists")
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
          @Size(max = 50)
          @ValidationRule(
              value = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
              message =
                  "volumes[].name must consist of lower-case letters, digits and '-', with a letter"
                      + " or digit at both ends")
          @JsonPropertyDescription("Name of the volume, unique in this target.")
          String name,
      @Required
          @Size(min = 2, max = 1024)
          @ValidationRule(
              value = "self.matches('^/[^:]+$')",
              message = "volumes[].mountPath must be an absolute path without ':'")
          @JsonPropertyDescription("Absolute path in the container.")
          String mountPath,
      @Nullable @Default("false") @JsonPropertyDescription("Whether the mount is read-only.")
          Boolean readOnly,
      @Nullable
          @Size(max = 253)
          @ValidationRule(
              value = Rules.NAME,
              message = "persistentVolumeClaim" + Rules.NAME_MESSAGE)
          @JsonPropertyDescription("Name of a PersistentVolumeClaim in the run's namespace.")
          String persistentVolumeClaim,
      @Nullable
          @Size(max = 253)
          @ValidationRule(value = Rules.NAME, message = "secret" + Rules.NAME_MESSAGE)
          @JsonPropertyDescription("Name of a Secret in the run's namespace; always read-only.")
          String secret) {}
}
