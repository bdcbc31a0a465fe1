package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What a person asks of a compute target: its type and exactly the one block of that type. */
@JsonClassDescription(
    "What is asked of the target: its type and exactly the one block of that type.")
@ValidationRule(
    value = "self.type == oldSelf.type",
    message = "type cannot be changed: make a new ComputeTarget")
@ValidationRule(
    value = "self.type == 'local' || !has(self.local)",
    message = "local is only allowed with type: local")
@ValidationRule(
    value = "(self.type == 'dsvm') == has(self.dsvm)",
    message = "type: dsvm needs the block dsvm, and other types do not allow it")
@ValidationRule(
    value = "(self.type == 'batchAI') == has(self.batchAI)",
    message = "type: batchAI needs the block batchAI, and other types do not allow it")
@ValidationRule(
    value = "self.type == 'aci' || !has(self.aci)",
    message = "aci is only allowed with type: aci")
@ValidationRule(
    value = "(self.type == 'hdInsight') == has(self.hdInsight)",
    message = "type: hdInsight needs the block hdInsight, and other types do not allow it")
@ValidationRule(
    value =
        "has(self.azure) || !(self.type == 'aci' || (self.type == 'dsvm' && has(self.dsvm) &&"
            + " has(self.dsvm.provision)) || (self.type == 'batchAI'))",
    message = "azure is required for this target: give subscriptionId, resourceGroup and location")
@ValidationRule(
    value = "!has(self.azure) || self.type != 'local'",
    message = "azure is not allowed with type: local")
@ValidationRule(
    value =
        "self.type != 'aci' || !has(self.azure) || (has(self.aci) && has(self.aci.region)) ||"
            + " self.azure.location in ['westus', 'eastus', 'westeurope', 'northeurope',"
            + " 'westus2', 'southeastasia']",
    message =
        "Azure Container Instances is not offered in azure.location: give aci.region, one of"
            + " westus, eastus, westeurope, northeurope, westus2, southeastasia")
public record ComputeTargetSpec(
    @Required @JsonPropertyDescription("Kind of compute: local, dsvm, batchAI, aci or hdInsight.")
        ComputeTargetType type,
    @Nullable
        @JsonPropertyDescription("Placement in this cluster; only with type: local, and optional.")
        LocalTarget local,
    @Nullable @JsonPropertyDescription("An Ubuntu machine; required with type: dsvm.")
        DsvmTarget dsvm,
    @Nullable @JsonPropertyDescription("A Batch AI cluster; required with type: batchAI.")
        BatchAiTarget batchAI,
    @Nullable @JsonPropertyDescription("Azure Container Instances; only with type: aci.")
        AciTarget aci,
    @Nullable @JsonPropertyDescription("A Spark cluster; required with type: hdInsight.")
        HdInsightTarget hdInsight,
    @Nullable
        @JsonPropertyDescription("Subscription, resource group, region and credentials in Azure.")
        AzureSettings azure,
    @Nullable
        @Default("Delete")
        @JsonPropertyDescription(
            "Delete or Retain what was provisioned when this resource is deleted. Attached compute"
                + " is never deleted.")
        DeletionPolicy deletionPolicy,
    @Nullable
        @Min(1)
        @Max(10000)
        @JsonPropertyDescription(
            "How many runs may be on this target at once; the others wait. Unset: no limit.")
        Integer maxConcurrentRuns) {}
