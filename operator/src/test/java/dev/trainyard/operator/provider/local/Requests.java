package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Objects;

/** Requests of runs and targets that are written as YAML. */
final class Requests {
  private Requests() {}

  static RunRequest of(String runSpec, String targetSpec) {
    TrainingRun run =
        Serialization.unmarshal(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: TrainingRun
            metadata: {name: ridge, namespace: team, uid: 0f0f0f0f-1111-2222-3333-444444444444}
            spec:
            """
                + runSpec.indent(2),
            TrainingRun.class);
    try {
      return new RunRequest(
          new RunAttempt(run, 1),
          Serialization.unmarshal(targetSpec, ComputeTargetSpec.class),
          new ConfigurationResolver("base:1")
              .resolve(Objects.requireNonNull(run.getSpec().runConfiguration()), run.getSpec()),
          Objects.requireNonNullElse(run.getSpec().resources(), new Resources(null, null, null)),
          "localhost:30500/trainyard/team@sha256:" + "0".repeat(64));
    } catch (InvalidConfigurationException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
