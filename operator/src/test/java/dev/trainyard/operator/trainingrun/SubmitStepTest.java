package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.trainingrun.Fixtures.FakeBackend;
import dev.trainyard.operator.trainingrun.Fixtures.FakeHistory;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SubmitStepTest {
  private final FakeBackend backend = new FakeBackend();
  private final SubmitStep step = new SubmitStep((namespace, image) -> true, Fixtures.CLOCK);

  @Test
  void theAttemptIsWrittenDownBeforeItIsMade() {
    RunProgress progress = Fixtures.accepted(Fixtures.run(""), backend);
    StepResult first = step.execute(progress);
    assertThat(first)
        .isInstanceOfSatisfying(
            StepResult.Waiting.class,
            waiting -> {
              assertThat(waiting.reason()).isEqualTo(Reason.SUBMITTING);
              assertThat(waiting.again()).isEqualTo(Duration.ZERO);
            });
    assertThat(backend.calls).isEmpty();
    assertThat(progress.attempt()).map(Attempt::backendId).hasValue("ridge-1");
    assertThat(step.execute(progress)).isInstanceOf(StepResult.Done.class);
    assertThat(backend.calls).containsExactly("submit 1");
  }

  @Test
  void anAttemptThatWasHandedOverIsNotHandedOverAgain() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    step.execute(progress);
    assertThat(backend.calls).containsExactly("submit 1");
  }

  @Test
  void aSecondAttemptIsHandedOverAlthoughTheFirstWas() {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    backend.observation = Fixtures.ended(Cause.EVICTED, 137);
    new ObserveStep(new FakeHistory(), Fixtures.CLOCK).execute(progress);
    assertThat(progress.isUnderWay()).isFalse();
    StepResult.Waiting retry =
        (StepResult.Waiting) new ConcludeStep(Fixtures.CLOCK).execute(progress);
    assertThat(retry.again()).isEqualTo(Duration.ofSeconds(10));
    assertThat(step.execute(progress)).isInstanceOf(StepResult.Waiting.class);
    assertThat(backend.calls).containsExactly("submit 1");
    new SubmitStep((namespace, image) -> true, Clock.offset(Fixtures.CLOCK, retry.again()))
        .execute(progress);
    assertThat(backend.calls).containsExactly("submit 1", "submit 2");
    assertThat(progress.attempt()).map(Attempt::number).hasValue(2);
  }

  @Test
  void anImageThatIsGoneIsMadeAnewBeforeAnythingIsHandedOver() {
    RunProgress progress = Fixtures.accepted(Fixtures.run(""), backend);
    step.execute(progress);
    var without = new SubmitStep((namespace, image) -> false, Fixtures.CLOCK);
    assertThat(without.execute(progress))
        .isInstanceOfSatisfying(
            StepResult.Waiting.class,
            waiting -> assertThat(waiting.reason()).isEqualTo(Reason.SNAPSHOTTING));
    assertThat(progress.image()).isEmpty();
    assertThat(progress.attemptCount()).isEqualTo(1);
    assertThat(backend.calls).isEmpty();
  }

  @Test
  void whatTheBackendRefusesHoldsTheRunWithItsReason() {
    RunProgress progress = Fixtures.accepted(Fixtures.run(""), backend);
    backend.refusal = Optional.of(new Obstacle(Reason.POD_REFUSED, "exceeded quota"));
    step.execute(progress);
    assertThat(step.execute(progress))
        .isInstanceOfSatisfying(
            StepResult.Waiting.class,
            waiting -> assertThat(waiting.reason()).isEqualTo(Reason.POD_REFUSED));
  }
}
