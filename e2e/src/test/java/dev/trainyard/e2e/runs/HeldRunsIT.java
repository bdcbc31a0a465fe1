package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What is missing or wrong around a run holds it, with a reason and without a storm of retries, and
 * it goes on by itself once that is mended.
 */
@ExtendWith(YardExtension.class)
class HeldRunsIT {
  private final Yard yard;

  HeldRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aMissingConfigMapHoldsTheRunUntilItIsThere() {
    Run run =
        yard.run(
            "no-source",
            """
            script: train.py
            source: {configMap: {name: no-source}}
            runConfiguration: {environment: {python: {userManagedDependencies: true}}}
            """);
    run.awaitReason("ConfigMapNotFound");
    assertThat(run.message()).contains("ConfigMap no-source").contains(yard.namespace());
    assertThat(run.condition("Reconciling")).map(Condition::getStatus).hasValue("True");
    assertIdle(run);
    yard.source("no-source", "train.py", "print(1)");
    run.awaitEnd(RunPhase.COMPLETED);
  }

  @Test
  void aMissingRunConfigurationHoldsTheRunUntilItIsThere() {
    yard.source("no-configuration", "train.py", "print(1)");
    Run run =
        yard.run(
            "no-configuration",
            """
            runConfigurationRef: {name: later}
            source: {configMap: {name: no-configuration}}
            """);
    run.awaitReason("RunConfigurationNotFound");
    assertIdle(run);
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: later}
        spec: {environment: {python: {userManagedDependencies: true}}}
        """);
    run.awaitReason("ScriptMissing");
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: later}
        spec: {script: train.py, environment: {python: {userManagedDependencies: true}}}
        """);
    run.awaitEnd(RunPhase.COMPLETED);
  }

  @Test
  void aMissingTargetHoldsTheRunUntilItIsThereWithAllThatItMounts() {
    Run run = yard.runOf("no-target", "print(1)", "computeTargetRef: {name: later}");
    run.awaitReason("ComputeTargetNotFound");
    assertThat(run.message()).contains("ComputeTarget later");
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: later}
        spec:
          type: local
          local: {volumes: [{name: token, mountPath: /mnt/token, secret: later}]}
        """);
    run.awaitReason("SecretNotFound");
    assertThat(run.message()).contains("Secret later");
    assertIdle(run);
    yard.secret("later", Map.of("token", "s3cret"));
    run.awaitEnd(RunPhase.COMPLETED);
  }

  @Test
  void aMissingClaimHoldsTheRun() {
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: claiming}
        spec:
          type: local
          local: {volumes: [{name: data, mountPath: /mnt/data, persistentVolumeClaim: nowhere}]}
        """);
    Run run = yard.runOf("no-claim", "print(1)", "computeTargetRef: {name: claiming}");
    run.awaitReason("VolumeClaimNotFound");
    assertThat(run.message()).contains("PersistentVolumeClaim nowhere");
  }

  @Test
  void aScriptThatIsNotInTheSourceHoldsTheRunUntilItIs() {
    yard.source("no-script", "other.py", "print(1)");
    Run run =
        yard.run(
            "no-script",
            """
            script: train.py
            source: {configMap: {name: no-script}}
            runConfiguration: {environment: {python: {userManagedDependencies: true}}}
            """);
    run.awaitReason("ScriptNotFound");
    assertThat(run.message()).contains("train.py").contains("1 file");
    assertIdle(run);
    yard.source("no-script", "train.py", "print(1)");
    run.awaitEnd(RunPhase.COMPLETED);
  }

  @Test
  void aBaseImageThatDoesNotExistHoldsTheRun() {
    yard.source("no-image", "train.py", "print(1)");
    Run run =
        yard.run(
            "no-image",
            """
            script: train.py
            source: {configMap: {name: no-image}}
            runConfiguration:
              environment:
                python: {userManagedDependencies: true}
                docker: {baseImage: "mcr.microsoft.com/azureml/base:9.9.9"}
            """);
    run.awaitReason("BaseImageNotFound");
    assertThat(run.message()).contains("azureml/base:9.9.9");
    assertIdle(run);
  }

  @Test
  void aMissingRegistrySecretIsNamed() {
    yard.source("no-login", "train.py", "print(1)");
    Run run =
        yard.run(
            "no-login",
            """
            script: train.py
            source: {configMap: {name: no-login}}
            runConfiguration:
              environment:
                python: {userManagedDependencies: true}
                docker: {baseImageRegistry: {secretRef: {name: nowhere}}}
            """);
    run.awaitReason("SecretNotFound");
    assertThat(run.message()).contains("baseImageRegistry.secretRef").contains("nowhere");
  }

  @Test
  void aRunThatAsksForAGpuThatNoNodeHasSaysWhatIsShort() {
    Run run = yard.runOf("gpu", "print(1)", "resources: {gpu: 1}");
    run.awaitReason("Unschedulable");
    assertThat(run.message()).contains("Insufficient nvidia.com/gpu");
    assertThat(run.status().phase()).isEqualTo(RunPhase.QUEUED);
    assertIdle(run);
  }

  @Test
  void aQuotaThatLetsNoPodBeMadeIsToldWithItsMessage() {
    Yard.withNamespace(
        "quota",
        quota -> {
          quota.apply(
              """
              apiVersion: v1
              kind: ResourceQuota
              metadata: {name: no-pods}
              spec: {hard: {pods: "0"}}
              """);
          Run run = quota.runOf("refused", "print(1)");
          run.awaitReason("QuotaExceeded");
          assertThat(run.message()).contains("exceeded quota: no-pods");
        });
  }

  /** Nothing is written while nothing changes: the resource version stays for a while. */
  private static void assertIdle(Run run) {
    String version = run.get().getMetadata().getResourceVersion();
    String reason = run.reason();
    Instant since = Instant.now();
    Awaitility.await()
        .during(Duration.ofSeconds(17))
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> run.reason().equals(reason));
    assertThat(run.get().getMetadata().getResourceVersion())
        .as("since %s, %s", since, run.report())
        .isEqualTo(version);
  }
}
