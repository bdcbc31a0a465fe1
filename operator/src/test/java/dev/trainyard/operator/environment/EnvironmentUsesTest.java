package dev.trainyard.operator.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EnvironmentUsesTest {
  private static final Instant NOW = Instant.parse("2026-03-31T12:00:00Z");
  private static final Duration KEPT = Duration.ofDays(30);

  @Test
  void oneIsKeptFromItsLastUseWhateverBecameOfTheRun() {
    Environment environment = environment("Ready", "2026-03-30T12:00:00Z", "");
    TrainingRun older = run("Completed", "2026-02-01T12:00:00Z");
    assertThat(uses(older).left(environment)).contains(Duration.ofDays(29));
    assertThat(uses(older).last(environment)).contains(Instant.parse("2026-03-30T12:00:00Z"));
  }

  @Test
  void oneThatNothingUsedForLongMayGo() {
    Environment environment = environment("Ready", "2026-02-28T12:00:00Z", "");
    assertThat(uses().left(environment)).hasValueSatisfying(left -> assertThat(left).isNegative());
  }

  @Test
  void oneThatARunSaidItNeedsStays() {
    Environment environment =
        environment("Ready", "2026-02-01T12:00:00Z", "2026-03-31T11:59:59.123456Z");
    assertThat(uses().left(environment)).hasValueSatisfying(left -> assertThat(left).isPositive());
  }

  @Test
  void anUnfinishedRunKeepsItAndIsWrittenDownNowAndThen() {
    TrainingRun waits = run("Queued", null);
    Environment longAgo = environment("Ready", "2026-02-01T12:00:00Z", "");
    assertThat(uses(waits).left(longAgo)).isEmpty();
    assertThat(uses(waits).last(longAgo)).contains(NOW);
    Environment justNow = environment("Ready", "2026-03-31T11:30:00Z", "");
    assertThat(uses(waits).last(justNow)).contains(Instant.parse("2026-03-31T11:30:00Z"));
  }

  @Test
  void aBuildUnderWayIsAUse() {
    assertThat(uses().left(environment("Building", "2026-02-01T12:00:00Z", ""))).isEmpty();
  }

  @Test
  void zeroKeepsForEver() {
    var uses = new EnvironmentUses(users(), Duration.ZERO, Clock.fixed(NOW, ZoneOffset.UTC));
    assertThat(uses.left(environment("Ready", "2020-02-01T12:00:00Z", ""))).isEmpty();
  }

  private static EnvironmentUses uses(TrainingRun... runs) {
    return new EnvironmentUses(users(runs), KEPT, Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static EnvironmentUsers users(TrainingRun... runs) {
    return new EnvironmentUsers() {
      @Override
      public Stream<TrainingRun> runs(Environment environment) {
        return List.of(runs).stream();
      }

      @Override
      public Stream<RunConfiguration> configurations(Environment environment) {
        return Stream.empty();
      }
    };
  }

  private static Environment environment(String state, String used, String needed) {
    return Serialization.unmarshal(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: Environment
        metadata:
          name: env
          creationTimestamp: "2026-01-01T00:00:00Z"
          annotations: {a: b%s}
        status: {state: %s, lastUsedTime: "%s", conditions: []}
        """
            .formatted(
                needed.isEmpty() ? "" : ", trainyard.dev/needed-at: \"" + needed + "\"",
                state,
                used),
        Environment.class);
  }

  private static TrainingRun run(String phase, @Nullable String end) {
    return Serialization.unmarshal(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: run, creationTimestamp: "2026-01-31T00:00:00Z"}
        status: {phase: %s, conditions: [], environment: {name: env}%s}
        """
            .formatted(
                phase, Optional.ofNullable(end).map(e -> ", endTime: \"" + e + "\"").orElse("")),
        TrainingRun.class);
  }
}
