package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An Ubuntu machine: made in Azure, or an existing one attached over SSH. */
@ValidationRule(
    value = "has(self.provision) != has(self.attach)",
    message = "give exactly one of dsvm.provision and dsvm.attach")
@ValidationRule(
    value = "has(self.provision) == has(oldSelf.provision)",
    message = "dsvm cannot change between provision and attach: make a new ComputeTarget")
public record DsvmTarget(
    @Nullable @JsonPropertyDescription("Make a virtual machine in Azure.") Provision provision,
    @Nullable @JsonPropertyDescription("Use an existing Ubuntu machine over SSH.")
        SshEndpoint attach,
    @Nullable
        @JsonPropertyDescription("How much of what runs brought to the machine is kept for later.")
        Cache cache) {

  /** What stays on the machine for later runs. What a run uses stays whatever is written here. */
  public record Cache(
      @Nullable
          @Default("50")
          @Min(0)
          @Max(100_000)
          @JsonPropertyDescription(
              "GiB of the machine's disk for images that Trainyard pulled; beyond that, those that"
                  + " were used longest ago are removed. Other images are never touched.")
          Integer imagesGb,
      @Nullable
          @Default("20")
          @Min(0)
          @Max(100_000)
          @JsonPropertyDescription(
              "GiB for conda environments of runs without Docker, which lie in /azureml-envs.")
          Integer environmentsGb) {}

  /** The machine to make. */
  @ValidationRule(
      value = "self.vmSize == oldSelf.vmSize",
      message = "dsvm.provision.vmSize cannot be changed: make a new ComputeTarget")
  @ValidationRule(
      value = "self.adminUsername == oldSelf.adminUsername",
      message = "dsvm.provision.adminUsername cannot be changed: make a new ComputeTarget")
  @ValidationRule(
      value = "self.osDiskSizeGb == oldSelf.osDiskSizeGb",
      message = "dsvm.provision.osDiskSizeGb cannot be changed: make a new ComputeTarget")
  public record Provision(
      @Nullable
          @Default("Standard_D2_v2")
          @Size(max = 64)
          @ValidationRule(value = Rules.VM_SIZE, message = Rules.VM_SIZE_MESSAGE)
          @JsonPropertyDescription("Azure size of the machine, such as Standard_D2_v2.")
          String vmSize,
      @Nullable
          @Default("azureuser")
          @Size(max = 32)
          @ValidationRule(value = Rules.ADMIN_USER, message = Rules.ADMIN_USER_MESSAGE)
          @ValidationRule(value = Rules.ADMIN_USER_FREE, message = Rules.ADMIN_USER_FREE_MESSAGE)
          @JsonPropertyDescription("User that is made on the machine.")
          String adminUsername,
      @Nullable
          @Default("64")
          @Min(30)
          @Max(4095)
          @JsonPropertyDescription("Size of the system disk in GiB.")
          Integer osDiskSizeGb) {}
}
