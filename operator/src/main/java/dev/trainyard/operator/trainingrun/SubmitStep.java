package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Hands an attempt to the target. The attempt is written to the status first, in a reconcile of its
 * own, and only then made: after a crash in between, the same attempt is found again. A further
 * attempt was written by {@link ConcludeStep}, with the time when it may be made.
 */
final class SubmitStep implements RunStep {
  private final Clock clock;

  SubmitStep(Clock clock) {
    this.clock = clock;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.SUBMITTED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (progress.attempt().isEmpty()) {
      return intend(progress);
    }
    Attempt attempt = progress.attempt().get();
    if (!progress.conditions().isTrue(ConditionType.SUBMITTED)) {
      Duration left = Duration.between(clock.instant(), Instant.parse(attempt.submitTime()));
      if (left.isPositive()) {
        return new StepResult.Waiting(
            RunPhase.QUEUED,
            Reason.RETRYING,
            "Attempt " + attempt.number() + " follows at " + attempt.submitTime() + ".",
            left);
      }
      Optional<Obstacle> refused = progress.provider().submit(progress.request(attempt.number()));
      if (refused.isPresent()) {
        return StepResult.held(RunPhase.QUEUED, refused.get().reason(), refused.get().message());
      }
    }
    return new StepResult.Done("Attempt " + attempt.number() + " is " + attempt.backendId() + ".");
  }

  private static StepResult intend(RunProgress progress) {
    progress.addAttempt(
        Attempt.planned(
            1, progress.provider().backendId(new RunAttempt(progress.run(), 1)), progress.now()));
    return new StepResult.Waiting(
        RunPhase.QUEUED,
        Reason.SUBMITTING,
        "Attempt 1 is being handed to the target.",
        Duration.ZERO);
  }
}
