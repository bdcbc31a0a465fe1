package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Decides, once an attempt is over and stored, whether the run is over too. */
final class ConcludeStep implements RunStep {
  private final Clock clock;

  ConcludeStep(Clock clock) {
    this.clock = clock;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.FINISHED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    Attempt attempt = progress.attempt().orElseThrow();
    Cause cause = Cause.of(attempt.reason()).orElse(Cause.LOST);
    String message = Objects.requireNonNullElse(attempt.message(), "The attempt is over.");
    if (cause == Cause.SUCCEEDED) {
      return new StepResult.Over(RunPhase.COMPLETED, Reason.COMPLETED, message);
    }
    Optional<Duration> pause =
        Retries.of(progress.run().getSpec().retryPolicy()).pause(progress.attempts());
    return pause.isPresent()
        ? again(progress, message, pause.get())
        : StepResult.failed(cause.reason(), message + tried(progress.attempts()));
  }

  /** The next attempt is written down now, with the time of its submission, and made by then. */
  private StepResult again(RunProgress progress, String message, Duration pause) {
    int number = progress.attemptCount() + 1;
    String time = clock.instant().plus(pause).truncatedTo(ChronoUnit.SECONDS).toString();
    progress.addAttempt(
        Attempt.planned(
            number, progress.provider().backendId(new RunAttempt(progress.run(), number)), time));
    String text = message + " Attempt " + number + " follows at " + time + ".";
    for (ConditionType type :
        List.of(ConditionType.SUBMITTED, ConditionType.EXECUTED, ConditionType.HISTORY_STORED)) {
      progress.conditions().set(type, false, Reason.RETRYING, text);
    }
    return new StepResult.Waiting(RunPhase.QUEUED, Reason.RETRYING, text, pause);
  }

  private static String tried(List<Attempt> attempts) {
    return attempts.size() == 1 ? "" : " It was attempt " + attempts.size() + ", the last one.";
  }
}
