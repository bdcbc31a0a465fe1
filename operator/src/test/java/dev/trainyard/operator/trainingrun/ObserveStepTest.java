package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.trainingrun.Fixtures.FakeBackend;
import dev.trainyard.operator.trainingrun.Fixtures.FakeHistory;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ObserveStepTest {
  private final FakeBackend backend = new FakeBackend();
  private final FakeHistory history = new FakeHistory();
  private final ObserveStep step = new ObserveStep(history, Fixtures.CLOCK);

  @Test
  void aRunningScriptGivesTheRunItsStart() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    assertThat(waiting(progress).phase()).isEqualTo(RunPhase.RUNNING);
    assertThat(progress.status().startTime()).isEqualTo("2026-01-01T11:00:00Z");
    assertThat(progress.attempt()).map(Attempt::startTime).hasValue("2026-01-01T11:00:00Z");
  }

  @Test
  void theOutputOfAScriptThatIsTakenAwayIsStoredBeforeItIsGone() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    step.execute(progress);
    assertThat(history.calls).isEmpty();
    backend.observation =
        new RunObservation.Running("2026-01-01T11:00:00Z", Optional.empty(), true);
    step.execute(progress);
    assertThat(history.calls).containsExactly("follow 1");
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
  void anAttemptThatWasMadeAMomentAgoIsLookedAtAgainSoon() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = new RunObservation.Fresh();
    assertThat(step.execute(progress)).isEqualTo(new StepResult.Unseen(Duration.ofSeconds(5)));
  }

  @Test
  void whatARunningScriptSaysOfItsProgressIsShown() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    backend.output =
        Optional.of("trainyard: progress 40%\nAttempted to log scalar metric mse:\n2.5\n");
    step.execute(progress);
    assertThat(progress.status().progress()).isEqualTo("40%");
    assertThat(progress.status().metricsSummary()).isEqualTo("mse=2.5");
  }

  @ParameterizedTest
  @EnumSource(Cause.class)
  void howTheScriptEndedIsWrittenDownAndNotLookedAtAgain(Cause cause) {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = Fixtures.ended(cause, 7);
    assertThat(step.execute(progress)).isEqualTo(new StepResult.Done("It ended."));
    backend.observation = new RunObservation.Gone();
    assertThat(step.execute(progress)).isEqualTo(new StepResult.Done("It ended."));
    assertThat(progress.status().exitCode()).isEqualTo(7);
    assertThat(progress.attempt()).map(Attempt::reason).hasValue(cause.reason().toString());
    assertThat(progress.attempt()).map(Attempt::endTime).hasValue("2026-01-01T11:30:00Z");
  }

  @Test
  void anAttemptThatIsGoneWasLost() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = new RunObservation.Gone();
    step.execute(progress);
    assertThat(progress.attempt())
        .map(Attempt::reason)
        .hasValue(Reason.INFRASTRUCTURE_LOST.toString());
    assertThat(progress.attempt()).map(Attempt::endTime).hasValue("2026-01-01T12:00:00Z");
  }

  @Test
  void theFirstStartIsTheRunsStartAlsoInTheSecondAttempt() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = Fixtures.ended(Cause.EVICTED, 137);
    step.execute(progress);
    new ConcludeStep(Fixtures.CLOCK).execute(progress);
    backend.observation = new RunObservation.Running("2026-01-01T11:50:00Z");
    assertThat(waiting(progress).message()).contains("attempt 2");
    assertThat(progress.status().startTime()).isEqualTo("2026-01-01T11:00:00Z");
  }

  private StepResult.Waiting waiting(RunProgress progress) {
    return (StepResult.Waiting) step.execute(progress);
  }
}
