package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Azure Container Instances: one container group a run, nothing to make before. */
@ValidationRule(
    value = "!has(self.attach)",
    message =
        "aci cannot be attached: Azure Container Instances makes a container group for each run;"
            + " remove aci.attach")
@ValidationRule(
    value = "!has(self.region) || !has(oldSelf.region) || self.region == oldSelf.region",
    message = "aci.region cannot be changed: make a new ComputeTarget")
public record AciTarget(
    @Nullable
        @ValidationRule(value = Rules.ACI_REGION, message = "aci.region" + Rules.ACI_REGIONS)
        @JsonPropertyDescription(
            "Azure region of the container groups: westus, eastus, westeurope, northeurope,"
                + " westus2 or southeastasia. Without it: azure.location.")
        String region,
    @Nullable
        @Default("1")
        @Min(1)
        @Max(4)
        @JsonPropertyDescription("CPU cores of a container group.")
        Integer cpuCores,
    @Nullable
        @Default("2")
        @Min(1)
        @Max(16)
        @JsonPropertyDescription("Memory of a container group in GB.")
        Double memoryGb,
    @Nullable
        @PreserveUnknownFields
        @JsonPropertyDescription("Refused: Azure Container Instances cannot be attached.")
        Refused attach) {}
