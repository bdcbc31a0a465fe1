package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** A Batch AI cluster: made, or an existing one by its Azure resource id. */
@ValidationRule(
    value = "has(self.provision) != has(self.attach)",
    message = "give exactly one of batchAI.provision and batchAI.attach")
@ValidationRule(
    value = "has(self.provision) == has(oldSelf.provision)",
    message = "batchAI cannot change between provision and attach: make a new ComputeTarget")
public record BatchAiTarget(
    @Nullable @JsonPropertyDescription("Make a Batch AI cluster.") Provision provision,
    @Nullable @JsonPropertyDescription("Use an existing Batch AI cluster.") Attach attach) {

  /** The cluster to make. The scale rules are those of the Azure ML SDK of 2018. */
  @ValidationRule(
      value =
          "has(self.autoscaleEnabled) || (!has(self.clusterMinNodes) &&"
              + " !has(self.clusterMaxNodes))",
      message =
          "clusterMinNodes and clusterMaxNodes need autoscaleEnabled: set it to true or false, or"
              + " remove them")
  @ValidationRule(
      value =
          "!has(self.autoscaleEnabled) || (has(self.clusterMinNodes) &&"
              + " has(self.clusterMaxNodes))",
      message = "autoscaleEnabled needs both clusterMinNodes and clusterMaxNodes")
  @ValidationRule(
      value =
          "!has(self.clusterMinNodes) || !has(self.clusterMaxNodes) || self.clusterMinNodes <="
              + " self.clusterMaxNodes",
      message = "clusterMinNodes must not be greater than clusterMaxNodes")
  @ValidationRule(
      value =
          "!has(self.autoscaleEnabled) || self.autoscaleEnabled || !has(self.clusterMinNodes) ||"
              + " !has(self.clusterMaxNodes) || self.clusterMinNodes == self.clusterMaxNodes",
      message =
          "with autoscaleEnabled: false clusterMinNodes and clusterMaxNodes must be equal: they are"
              + " the size of the cluster")
  @ValidationRule(
      value = "self.vmSize == oldSelf.vmSize",
      message = "batchAI.provision.vmSize cannot be changed: make a new ComputeTarget")
  @ValidationRule(
      value = "self.adminUsername == oldSelf.adminUsername",
      message = "batchAI.provision.adminUsername cannot be changed: make a new ComputeTarget")
  @ValidationRule(
      value = "self.vmPriority == oldSelf.vmPriority",
      message = "batchAI.provision.vmPriority cannot be changed: make a new ComputeTarget")
  public record Provision(
      @Nullable
          @Default("STANDARD_NC6")
          @Size(max = 64)
          @ValidationRule(value = Rules.VM_SIZE, message = Rules.VM_SIZE_MESSAGE)
          @JsonPropertyDescription("Azure size of the nodes, such as STANDARD_NC6.")
          String vmSize,
      @Nullable
          @Default("dedicated")
          @JsonPropertyDescription("Whether nodes may be taken away at any time for a lower price.")
          VmPriority vmPriority,
      @Nullable @JsonPropertyDescription("Whether the cluster grows and shrinks with its queue.")
          Boolean autoscaleEnabled,
      @Nullable @Min(0) @Max(1000) @JsonPropertyDescription("Least number of nodes.")
          Integer clusterMinNodes,
      @Nullable @Min(1) @Max(1000) @JsonPropertyDescription("Greatest number of nodes.")
          Integer clusterMaxNodes,
      @Nullable
          @Default("20")
          @Min(1)
          @Max(1440)
          @JsonPropertyDescription(
              "How many minutes to wait for the least number of nodes before the target reports a"
                  + " time-out.")
          Integer timeoutMinutes,
      @Nullable
          @Default("azureuser")
          @Size(max = 32)
          @ValidationRule(value = Rules.ADMIN_USER, message = Rules.ADMIN_USER_MESSAGE)
          @ValidationRule(value = Rules.ADMIN_USER_FREE, message = Rules.ADMIN_USER_FREE_MESSAGE)
          @JsonPropertyDescription("User that is made on the nodes.")
          String adminUsername) {}

  /** The existing cluster. */
  @ValidationRule(
      value = "self.resourceId == oldSelf.resourceId",
      message = "batchAI.attach.resourceId cannot be changed: make a new ComputeTarget")
  public record Attach(
      @Required
          @Size(max = 1024)
          @ValidationRule(
              value =
                  "self.matches('^/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/Microsoft[.]BatchAI/(workspaces/[^/]+/)?clusters/[^/]+$')",
              message =
                  "batchAI.attach.resourceId must be the Azure resource id of a Batch AI cluster:"
                      + " /subscriptions/.../resourceGroups/.../providers/Microsoft.BatchAI/workspaces/.../clusters/...")
          @JsonPropertyDescription(
              "Azure resource id of the cluster:"
                  + " /subscriptions/.../resourceGroups/.../providers/Microsoft.BatchAI/"
                  + "workspaces/.../clusters/...")
          String resourceId) {}

  /** How firmly Azure gives us the nodes. */
  public enum VmPriority {
    @JsonProperty("dedicated")
    DEDICATED,
    @JsonProperty("lowpriority")
    LOW_PRIORITY
  }
}
