package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.trainingrun.Fixtures.FakeBackend;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ObserveStepTest {
  private final FakeBackend backend = new FakeBackend();
  private final ObserveStep step = new ObserveStep();

  @Test
  void aRunningScriptGivesTheRunItsStart() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    assertThat(waiting(progress).phase()).isEqualTo(RunPhase.RUNNING);
    assertThat(progress.status().startTime()).isEqualTo("2026-01-01T11:00:00Z");
    assertThat(progress.attempt()).map(Attempt::startTime).hasValue("2026-01-01T11:00:00Z");
  }

  @Test
  void aWaitingPodKeepsTheRunQueuedWithItsReason() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation =
        new RunObservation.Waiting(Reason.UNSCHEDULABLE, "No node takes the pod.");
    StepResult.Waiting waiting = waiting(progress);
    assertThat(waiting.phase()).isEqualTo(RunPhase.QUEUED);
    assertThat(waiting.reason()).isEqualTo(Reason.UNSCHEDULABLE);
  }

  @Test
  void successCompletesTheRunWithMetricsAndLog() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = Fixtures.ended(Cause.SUCCEEDED, 0);
    backend.output = Optional.of("Attempted to log scalar metric mse:\n2.5\n");
    StepResult.Over over = (StepResult.Over) step.execute(progress);
    assertThat(over.phase()).isEqualTo(RunPhase.COMPLETED);
    TrainingRunStatus status = progress.status();
    assertThat(status.exitCode()).isZero();
    assertThat(status.metrics()).containsEntry("mse", "2.5");
    assertThat(status.lastLog()).endsWith("2.5");
    assertThat(progress.attempt()).map(Attempt::reason).hasValue("Completed");
    assertThat(progress.attempt()).map(Attempt::endTime).hasValue("2026-01-01T11:30:00Z");
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"SCRIPT_FAILED", "OUT_OF_MEMORY", "DEADLINE"})
  void whatTheScriptIsToBlameForIsNotTriedAgain(Cause cause) {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = Fixtures.ended(cause, 1);
    StepResult.Over over = (StepResult.Over) step.execute(progress);
    assertThat(over.phase()).isEqualTo(RunPhase.FAILED);
    assertThat(over.reason()).isEqualTo(cause.reason());
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"EVICTED", "LOST"})
  void infrastructureTroubleIsTriedAgainAsOftenAsThePolicySays(Cause cause) {
    RunProgress progress =
        Fixtures.submitted(Fixtures.run("retryPolicy: {infrastructureRetries: 1}"), backend);
    backend.observation = Fixtures.ended(cause, 137);
    assertThat(waiting(progress).message()).contains("Attempt 2 follows");
    new SubmitStep().execute(progress);
    new SubmitStep().execute(progress);
    assertThat(step.execute(progress))
        .isInstanceOfSatisfying(
            StepResult.Over.class, over -> assertThat(over.reason()).isEqualTo(cause.reason()));
  }

  @Test
  void anAttemptThatIsGoneWasLost() {
    RunProgress progress =
        Fixtures.submitted(Fixtures.run("retryPolicy: {infrastructureRetries: 0}"), backend);
    backend.observation = new RunObservation.Gone();
    StepResult.Over over = (StepResult.Over) step.execute(progress);
    assertThat(over.reason()).isEqualTo(Reason.INFRASTRUCTURE_LOST);
    assertThat(progress.attempt()).map(Attempt::endTime).hasValue("2026-01-01T12:00:00Z");
  }

  @Test
  void theFirstStartIsTheRunsStartAlsoInTheSecondAttempt() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = Fixtures.ended(Cause.EVICTED, 137);
    step.execute(progress);
    new SubmitStep().execute(progress);
    backend.observation = new RunObservation.Running("2026-01-01T11:50:00Z");
    assertThat(waiting(progress).message()).contains("attempt 2");
    assertThat(progress.status().startTime()).isEqualTo("2026-01-01T11:00:00Z");
  }

  private StepResult.Waiting waiting(RunProgress progress) {
    return (StepResult.Waiting) step.execute(progress);
  }
}
