package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.provider.Submission;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/**
 * Hands an attempt to the target. The attempt is written to the status first, in a reconcile of its
 * own, and only then made: after a crash in between, the same attempt is found again.
 */
final class SubmitStep implements RunStep {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  @Override
  public ConditionType condition() {
    return ConditionType.SUBMITTED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (progress.attempt().isEmpty() || progress.attempt().get().endTime() != null) {
      return intend(progress);
    }
    if (!progress.conditions().isTrue(ConditionType.SUBMITTED)) {
      Submission submission = progress.provider().submit(progress.request(progress.attemptCount()));
      if (submission instanceof Submission.UnderWay(Reason reason, String message)) {
        return new StepResult.Waiting(RunPhase.QUEUED, reason, message, LOOK_AGAIN);
      }
    }
    return new StepResult.Done(
        "Attempt " + progress.attemptCount() + " is " + progress.attempt().get().backendId() + ".");
  }

  private static StepResult intend(RunProgress progress) {
    int number = progress.attemptCount() + 1;
    RunRequest request = progress.request(number);
    progress.addAttempt(
        new Attempt(
            number,
            progress.provider().backendId(request),
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
