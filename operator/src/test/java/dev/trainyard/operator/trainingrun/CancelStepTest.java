package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.history.Collection;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.trainingrun.Fixtures.FakeBackend;
import dev.trainyard.operator.trainingrun.Fixtures.FakeHistory;
import dev.trainyard.operator.trainingrun.Fixtures.FakeSource;
import org.junit.jupiter.api.Test;

class CancelStepTest {
  private final FakeBackend backend = new FakeBackend();
  private final FakeSource source = new FakeSource();
  private final FakeHistory history = new FakeHistory();
  private final CancelStep step =
      new CancelStep(
          Fixtures.providers(backend), source, new FinalizeStep(history, Fixtures.CLOCK), history);

  @Test
  void aRunThatIsNotAskedToEndGoesOn() {
    assertThat(step.execute(new RunProgress(Fixtures.run(""), Fixtures.CLOCK)))
        .isInstanceOf(StepResult.Done.class);
    assertThat(source.abandoned).isFalse();
  }

  @Test
  void aRunWithoutAttemptEndsAtOnceAndItsSourceIsLetGo() {
    StepResult.Over over =
        (StepResult.Over)
            step.execute(new RunProgress(Fixtures.run("cancel: true"), Fixtures.CLOCK));
    assertThat(over.phase()).isEqualTo(RunPhase.CANCELED);
    assertThat(source.abandoned).isTrue();
    assertThat(backend.calls).isEmpty();
  }

  @Test
  void aRunBetweenTwoAttemptsEndsAtOnce() {
    RunProgress progress = Fixtures.submitted(Fixtures.run("cancel: true"), backend);
    backend.observation = Fixtures.ended(Cause.EVICTED, 137);
    new ObserveStep(history, Fixtures.CLOCK).execute(progress);
    new ConcludeStep(Fixtures.CLOCK).execute(progress);
    backend.observation = new RunObservation.Gone();
    assertThat(step.execute(progress)).isInstanceOf(StepResult.Over.class);
  }

  @Test
  void aRunningAttemptIsEndedAndItsOutputKeptBeforeItGoes() {
    RunProgress progress = Fixtures.submitted(Fixtures.run("cancel: true"), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    requested(progress);
    assertThat(backend.calls).endsWith("cancel 1");
    assertThat(history.calls).containsExactly("follow 1");
    backend.observation = new RunObservation.Gone();
    StepResult.Over over = (StepResult.Over) step.execute(progress);
    assertThat(over.phase()).isEqualTo(RunPhase.CANCELED);
    assertThat(progress.status().lastLog()).isEqualTo("epoch 3");
    assertThat(progress.attempt()).map(Attempt::reason).hasValue("Canceled");
    assertThat(progress.attempt()).map(Attempt::endTime).hasValue("2026-01-01T12:00:00Z");
  }

  @Test
  void anAttemptThatEndsOnRequestIsCanceledWhateverItsExitCode() {
    RunProgress progress = Fixtures.submitted(Fixtures.run("cancel: true"), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    requested(progress);
    backend.observation = Fixtures.ended(Cause.SCRIPT_FAILED, 143);
    StepResult.Over over = (StepResult.Over) step.execute(progress);
    assertThat(over.phase()).isEqualTo(RunPhase.CANCELED);
  }

  @Test
  void anAttemptThatWasOverBeforeKeepsItsEnd() {
    RunProgress progress = Fixtures.submitted(Fixtures.run("cancel: true"), backend);
    backend.observation = Fixtures.ended(Cause.SUCCEEDED, 0);
    assertThat(step.execute(progress)).isInstanceOf(StepResult.Done.class);
    assertThat(backend.calls).doesNotContain("cancel 1");
  }

  @Test
  void aCanceledRunIsNotOverBeforeWhatItLeftIsStored() {
    RunProgress progress = Fixtures.submitted(Fixtures.run("cancel: true"), backend);
    backend.observation = new RunObservation.Running("2026-01-01T11:00:00Z");
    requested(progress);
    backend.observation = new RunObservation.Gone();
    Collection complete = history.collection;
    history.collection = new Collection.UnderWay("It is being stored.");
    requested(progress);
    history.collection = complete;
    assertThat(step.execute(progress)).isInstanceOf(StepResult.Over.class);
    assertThat(history.calls).endsWith("forget 1");
  }

  /** What the reconciler makes of the step's answer. */
  private void requested(RunProgress progress) {
    StepResult.Waiting waiting = (StepResult.Waiting) step.execute(progress);
    assertThat(waiting.phase()).isEqualTo(RunPhase.CANCEL_REQUESTED);
    progress.conditions().set(ConditionType.FINISHED, false, waiting.reason(), waiting.message());
  }
}
