package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RetryPolicy;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetriesTest {
  private static final String TIME = "2026-01-01T00:00:00Z";

  @Test
  void aScriptsOwnFailureEndsTheRunUnlessThePolicyAllowsRetries() {
    assertThat(Retries.of(null).pause(attempts(Reason.SCRIPT_FAILED))).isEmpty();
    assertThat(policy(0, 1).pause(attempts(Reason.SCRIPT_FAILED))).isPresent();
    assertThat(policy(9, 1).pause(attempts(Reason.SCRIPT_FAILED, Reason.OUT_OF_MEMORY))).isEmpty();
  }

  @Test
  void troubleOfTheClusterDoesNotUseUpTheScriptsRetries() {
    assertThat(
            policy(3, 1)
                .pause(attempts(Reason.EVICTED, Reason.INFRASTRUCTURE_LOST, Reason.SCRIPT_FAILED)))
        .isPresent();
    assertThat(policy(1, 5).pause(attempts(Reason.SCRIPT_FAILED, Reason.EVICTED))).isPresent();
    assertThat(policy(1, 5).pause(attempts(Reason.EVICTED, Reason.EVICTED))).isEmpty();
  }

  @Test
  void aRunPastItsDeadlineIsNotTriedAgain() {
    assertThat(policy(9, 9).pause(attempts(Reason.DEADLINE_EXCEEDED))).isEmpty();
  }

  @Test
  void thePauseDoublesUpToAnHour() {
    Retries retries = new Retries(100, 0, Duration.ofSeconds(10));
    var attempts = new ArrayList<>(attempts(Reason.EVICTED));
    assertThat(retries.pause(attempts)).contains(Duration.ofSeconds(10));
    attempts.addAll(attempts(Reason.EVICTED));
    assertThat(retries.pause(attempts)).contains(Duration.ofSeconds(20));
    for (int i = 0; i < 50; i++) {
      attempts.addAll(attempts(Reason.EVICTED));
    }
    assertThat(retries.pause(attempts)).contains(Duration.ofHours(1));
  }

  private static Retries policy(int infrastructure, int script) {
    return Retries.of(new RetryPolicy(infrastructure, script, 1, false));
  }

  private static List<Attempt> attempts(Reason... reasons) {
    var attempts = new ArrayList<Attempt>();
    for (Reason reason : reasons) {
      attempts.add(Attempt.planned(1, "job", TIME).ended(TIME, 1, reason.toString(), "It ended."));
    }
    return attempts;
  }
}
