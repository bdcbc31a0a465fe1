package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Where in Azure a target lives and who acts there. */
@ValidationRule(
    value = "self.subscriptionId == oldSelf.subscriptionId",
    message = "azure.subscriptionId cannot be changed: make a new ComputeTarget")
@ValidationRule(
    value = "self.resourceGroup == oldSelf.resourceGroup",
    message = "azure.resourceGroup cannot be changed: make a new ComputeTarget")
@ValidationRule(
    value = "self.location == oldSelf.location",
    message = "azure.location cannot be changed: make a new ComputeTarget")
@ValidationRule(
    value = "self.cloud == oldSelf.cloud",
    message = "azure.cloud cannot be changed: make a new ComputeTarget")
@ValidationRule(
    value = "(has(self.cloud) && self.cloud == 'Custom') == has(self.endpoints)",
    message = "azure.endpoints is required when azure.cloud is Custom and not allowed otherwise")
public record AzureSettings(
    @Required
        @Size(max = 36)
        @ValidationRule(
            value = "self.matches('^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$')",
            message =
                "azure.subscriptionId must be the UUID of a subscription: 'az account show' prints"
                    + " it as id")
        @JsonPropertyDescription("Id of the Azure subscription, a UUID.")
        String subscriptionId,
    @Required
        @Size(max = 90)
        @ValidationRule(
            value = "self.matches('^[-a-zA-Z0-9_.()]*[-a-zA-Z0-9_()]$')",
            message =
                "azure.resourceGroup must consist of letters, digits, '-', '_', '.', '(' and ')'"
                    + " and not end with '.'")
        @JsonPropertyDescription("Name of the resource group; it is not made by Trainyard.")
        String resourceGroup,
    @Required
        @Size(min = 2, max = 40)
        @ValidationRule(
            value = "self.matches('^[a-z0-9]+$')",
            message =
                "azure.location must be a region's short name such as westeurope: lower-case"
                    + " letters and digits")
        @JsonPropertyDescription("Azure region in its short form, such as westeurope.")
        String location,
    @Nullable @Default("Public") @JsonPropertyDescription("Which Azure cloud to talk to.")
        Cloud cloud,
    @Nullable @JsonPropertyDescription("Endpoints of the cloud; only with cloud: Custom.")
        Endpoints endpoints,
    @Nullable
        @JsonPropertyDescription(
            "Secret with the keys tenantId, clientId and clientSecret of a service principal."
                + " Without it the operator's workload identity is used.")
        LocalObjectReference credentialsSecretRef) {

  /** The Azure clouds. */
  public enum Cloud {
    @JsonProperty("Public")
    PUBLIC,
    @JsonProperty("China")
    CHINA,
    @JsonProperty("USGovernment")
    US_GOVERNMENT,
    @JsonProperty("Custom")
    CUSTOM
  }

  /** Endpoints of a cloud that is not one of the well-known ones. */
  public record Endpoints(
      @Required
          @Size(max = 2048)
          @ValidationRule(
              value = Rules.HTTPS,
              message =
                  "azure.endpoints.resourceManager must be an https:// URL without a user or"
                      + " password")
          @JsonPropertyDescription("URL of Azure Resource Manager; https only.")
          String resourceManager,
      @Required
          @Size(max = 2048)
          @ValidationRule(
              value = Rules.HTTPS,
              message =
                  "azure.endpoints.authority must be an https:// URL without a user or password")
          @JsonPropertyDescription("URL of the Microsoft Entra authority; https only.")
          String authority) {}
}
