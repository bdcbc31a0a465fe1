package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.RunPhase;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files that others wrote, applied as they are: the Azure ML SDK's, and every target type. */
@ExtendWith(YardExtension.class)
class AppliedFilesIT {
  private static final Path VALID = Path.of("src/test/resources/admission/valid");

  private final Yard yard;

  AppliedFilesIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void theSdksLocalConfigurationRunsUnchangedAndSaysWhatIsNotActedOn() throws IOException {
    List<Condition> conditions = sdkFile("local");
    assertThat(Run.condition(conditions, "Ready").getStatus()).isEqualTo("True");
    assertThat(Run.condition(conditions, "FullyHonored").getMessage()).isNotBlank();
    yard.source("sdk", "train.py", "import os\nprint(os.environ['EXAMPLE_ENV_VAR'])");
    Run run =
        yard.run(
            "sdk",
            """
            runConfigurationRef: {name: local}
            script: train.py
            source: {configMap: {name: sdk}}
            """);
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("EXAMPLE_VALUE");
  }

  @Test
  void theSdksDsvmConfigurationIsTakenUnchangedAndItsRunWaitsForTheTarget() throws IOException {
    List<Condition> conditions = sdkFile("mydsvm");
    assertThat(Run.condition(conditions, "FullyHonored").getStatus()).isEqualTo("False");
    assertThat(Run.condition(conditions, "FullyHonored").getMessage()).contains("paralleltask");
    yard.source("sdk-dsvm", "train.py", "print(1)");
    Run run =
        yard.run(
            "sdk-dsvm",
            """
            runConfigurationRef: {name: mydsvm}
            script: train.py
            source: {configMap: {name: sdk-dsvm}}
            """);
    run.awaitReason("ComputeTargetNotFound");
    assertThat(run.message()).contains("my-dsvm");
  }

  @Test
  void aTargetWithoutProviderIsKeptAndSaysSoAndItsRunsWait() throws IOException {
    String manifests = Files.readString(VALID.resolve("target-of-every-type.yaml"));
    // The configurations of the other stories name a target that is not there.
    Yard.withNamespace("targets", own -> everyTargetSaysWhetherItIsReady(own, manifests));
  }

  private static void everyTargetSaysWhetherItIsReady(Yard yard, String manifests) {
    yard.apply(manifests);
    Awaitility.await("every target says whether it is ready")
        .atMost(Duration.ofMinutes(2))
        .until(() -> targets(yard).stream().allMatch(target -> target.getStatus() != null));
    for (ComputeTarget target : targets(yard)) {
      Condition ready = Run.condition(target.getStatus().conditions(), "Ready");
      boolean local = target.getSpec().type().name().equals("LOCAL");
      if (target.getSpec().dsvm() != null && target.getSpec().dsvm().attach() != null) {
        assertThat(ready.getReason()).isIn("Checking", "SecretNotFound");
        continue;
      }
      assertThat(ready.getStatus())
          .as(target.getMetadata().getName())
          .isEqualTo(local ? "True" : "False");
      assertThat(ready.getReason()).isEqualTo(local ? "Ready" : "TargetTypeNotSupported");
      assertThat(
              target.getStatus().conditions().stream().anyMatch(c -> c.getType().equals("Stalled")))
          .as("kstatus fails what will not come up by itself")
          .isEqualTo(!local);
      assertThat(ready.getObservedGeneration()).isEqualTo(target.getMetadata().getGeneration());
    }
    String other =
        targets(yard).stream()
            .filter(target -> !target.getSpec().type().name().equals("LOCAL"))
            .findFirst()
            .orElseThrow()
            .getMetadata()
            .getName();
    Run run = yard.runOf("elsewhere", "print(1)", "computeTargetRef: {name: %s}".formatted(other));
    run.awaitReason("TargetTypeNotSupported");
  }

  @Test
  void theBuiltInContainerInstancesWait() {
    Run run = yard.runOf("built-in", "print(1)", "computeTargetRef: {name: containerinstance}");
    run.awaitReason("TargetTypeNotSupported");
  }

  private static List<ComputeTarget> targets(Yard yard) {
    return yard.client()
        .resources(ComputeTarget.class)
        .inNamespace(yard.namespace())
        .list()
        .getItems();
  }

  private List<Condition> sdkFile(String name) throws IOException {
    yard.create(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: %s}
        spec:
        """
                .formatted(name)
            + Files.readString(VALID.resolve(name + ".runconfig")).indent(2));
    var resource =
        yard.client()
            .resources(RunConfiguration.class)
            .inNamespace(yard.namespace())
            .withName(name);
    RunConfiguration told =
        Awaitility.await()
            .atMost(Duration.ofMinutes(2))
            .until(resource::get, configuration -> configuration.getStatus() != null);
    return told.getStatus().conditions();
  }
}
