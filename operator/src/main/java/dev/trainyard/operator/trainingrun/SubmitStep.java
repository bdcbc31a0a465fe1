package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.oci.RegistryException;
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
  private final RunImages images;
  private final Clock clock;

  /** Tells whether the registry has a run image. */
  @FunctionalInterface
  interface RunImages {
    boolean has(String namespace, String image) throws RegistryException;
  }

  SubmitStep(RunImages images, Clock clock) {
    this.images = images;
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
      Optional<StepResult> lost = lost(progress, attempt);
      if (lost.isPresent()) {
        return lost.get();
      }
      Optional<Obstacle> refused = progress.provider().submit(progress.request(attempt.number()));
      if (refused.isPresent()) {
        return StepResult.held(RunPhase.QUEUED, refused.get().reason(), refused.get().message());
      }
    }
    return new StepResult.Done("Attempt " + attempt.number() + " is " + attempt.backendId() + ".");
  }

  /**
   * A run of the same content that was deleted took the image along when it did not know of this
   * run yet; from the moment on in which the attempt is in the status, it knows.
   */
  private Optional<StepResult> lost(RunProgress progress, Attempt attempt) {
    try {
      if (attempt.number() > 1
          || images.has(progress.namespace(), progress.image().orElseThrow())) {
        return Optional.empty();
      }
    } catch (RegistryException e) {
      return Optional.of(RegistryTrouble.own(e, RunPhase.QUEUED));
    }
    progress.forgetImage();
    return Optional.of(
        new StepResult.Waiting(
            RunPhase.PREPARING,
            Reason.SNAPSHOTTING,
            "The registry no longer has the run image: it is made anew.",
            Duration.ZERO));
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
