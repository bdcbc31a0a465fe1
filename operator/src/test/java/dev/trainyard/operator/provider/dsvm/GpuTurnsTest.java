package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GpuTurnsTest {
  private final AtomicLong now = new AtomicLong();
  private final GpuTurns turns = new GpuTurns(now::get);

  @Test
  void theOlderRunComesFirstWhoeverAsksFirst() throws InvalidConfigurationException {
    RunRequest younger = request("younger", "2026-01-01T00:00:02Z", 0);
    RunRequest older = request("older", "2026-01-01T00:00:01Z", 0);
    assertThat(turns.ask(younger)).isEqualTo(new GpuTurns.Turn(0, 1));
    assertThat(turns.ask(older)).isEqualTo(new GpuTurns.Turn(0, 2));
    assertThat(turns.ask(younger)).isEqualTo(new GpuTurns.Turn(1, 2));
  }

  @Test
  void aHigherPriorityComesBeforeAge() throws InvalidConfigurationException {
    RunRequest older = request("older", "2026-01-01T00:00:01Z", 0);
    turns.ask(request("urgent", "2026-01-01T00:00:02Z", 5));
    assertThat(turns.ask(older)).isEqualTo(new GpuTurns.Turn(1, 2));
  }

  @Test
  void aRunThatTookItsGpusOrNoLongerAsksIsInNobodysWay() throws InvalidConfigurationException {
    RunRequest first = request("first", "2026-01-01T00:00:01Z", 0);
    RunRequest second = request("second", "2026-01-01T00:00:02Z", 0);
    RunRequest third = request("third", "2026-01-01T00:00:03Z", 0);
    turns.ask(first);
    turns.ask(second);
    turns.took(first);
    assertThat(turns.ask(third)).isEqualTo(new GpuTurns.Turn(1, 2));
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThat(turns.ask(third)).isEqualTo(new GpuTurns.Turn(0, 1));
  }

  private static RunRequest request(String name, String created, int priority)
      throws InvalidConfigurationException {
    TrainingRun run =
        Serialization.unmarshal(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: TrainingRun
            metadata: {name: %s, namespace: team, uid: uid-%s, creationTimestamp: "%s"}
            spec:
              script: train.py
              runConfiguration: {target: machine, priority: %d}
            """
                .formatted(name, name, created, priority),
            TrainingRun.class);
    return new RunRequest(
        new RunAttempt(run, 1),
        Serialization.unmarshal("type: dsvm", ComputeTargetSpec.class),
        new ConfigurationResolver("base:1")
            .resolve(Objects.requireNonNull(run.getSpec().runConfiguration()), run.getSpec()),
        new Resources(null, null, 1),
        "");
  }
}
