package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * Hands an attempt to the target. The attempt is written to the status first, in a reconcile of its
 * own, and only then made: after a crash in between, the same attempt is found again.
 */
final class SubmitStep implements RunStep {

  @Override
  public ConditionType condition() {
    return ConditionType.SUBMITTED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (!progress.isUnderWay()) {
      return intend(progress);
    }
    if (!progress.conditions().isTrue(ConditionType.SUBMITTED)) {
      Optional<Obstacle> refused =
          progress.provider().submit(progress.request(progress.attemptCount()));
      if (refused.isPresent()) {
        return StepResult.held(RunPhase.QUEUED, refused.get().reason(), refused.get().message());
      }
    }
    return new StepResult.Done(
        "Attempt "
            + progress.attemptCount()
            + " is "
            + progress.attempt().orElseThrow().backendId()
            + ".");
  }

  private static StepResult intend(RunProgress progress) {
    int number = progress.attemptCount() + 1;
    progress.addAttempt(
        new Attempt(
            number,
            progress.provider().backendId(new RunAttempt(progress.run(), number)),
            progress.now(),
            null,
            null,
            null,
            null));
    return new StepResult.Waiting(
        RunPhase.QUEUED,
        Reason.SUBMITTING,
        "Attempt " + number + " is being handed to the target.",
        Duration.ZERO);
  }
}
