package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RetryPolicy;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * Watches the attempt until it is over, then reads what it left and decides whether the run is over
 * too. Another attempt is made only when the script is not to blame.
 */
final class ObserveStep implements RunStep {
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);
  private static final int DEFAULT_INFRASTRUCTURE_RETRIES = 3;
  static final int LOG_BYTES = 1 << 20;

  @Override
  public ConditionType condition() {
    return ConditionType.FINISHED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    RunAttempt attempt = progress.runAttempt();
    return switch (progress.provider().observe(attempt)) {
      case RunObservation.Waiting waiting ->
          new StepResult.Waiting(RunPhase.QUEUED, waiting.reason(), waiting.message(), LOOK_AGAIN);
      case RunObservation.Unknown unknown -> unknown(progress, unknown);
      case RunObservation.Running running -> running(progress, running);
      case RunObservation.Ended ended -> ended(progress, ended);
      case RunObservation.Gone gone ->
          ended(
              progress,
              new RunObservation.Ended(
                  Cause.LOST,
                  Optional.empty(),
                  "The attempt was deleted before it was over.",
                  Optional.empty(),
                  Optional.empty()));
    };
  }

  private static StepResult running(RunProgress progress, RunObservation.Running running) {
    progress.started(running.startTime());
    Attempt attempt = progress.attempt().orElseThrow();
    progress.replaceAttempt(
        new Attempt(
            attempt.number(),
            attempt.backendId(),
            attempt.submitTime(),
            running.startTime(),
            null,
            null,
            null));
    return running
        .doubt()
        .map(doubt ->
            new StepResult.Waiting(RunPhase.RUNNING, doubt.reason(), doubt.message(), LOOK_AGAIN))
        .orElseGet(() -> runs(attempt.number()));
  }

  private static StepResult unknown(RunProgress progress, RunObservation.Unknown unknown) {
    return progress.phase() == RunPhase.RUNNING
        ? runs(progress.attemptCount())
        : new StepResult.Waiting(RunPhase.QUEUED, Reason.QUEUED, unknown.message(), LOOK_AGAIN);
  }

  private static StepResult.Waiting runs(int attempt) {
    return new StepResult.Waiting(
        RunPhase.RUNNING,
        Reason.RUNNING,
        attempt == 1 ? "The script runs." : "The script runs, in attempt " + attempt + ".",
        LOOK_AGAIN);
  }

  private static StepResult ended(RunProgress progress, RunObservation.Ended ended) {
    ended.startTime().ifPresent(progress::started);
    Attempt attempt = progress.attempt().orElseThrow();
    progress.replaceAttempt(
        new Attempt(
            attempt.number(),
            attempt.backendId(),
            attempt.submitTime(),
            ended.startTime().orElse(attempt.startTime()),
            ended.endTime().orElseGet(progress::now),
            ended.exitCode().orElse(null),
            ended.cause().reason().toString()));
    progress.output(progress.provider().outputTail(progress.runAttempt(), LOG_BYTES));
    progress.exitCode(ended.exitCode().orElse(null));
    if (ended.cause().infrastructure() && progress.attemptCount() <= retries(progress)) {
      return new StepResult.Waiting(
          RunPhase.QUEUED,
          ended.cause().reason(),
          ended.message() + " Attempt " + (attempt.number() + 1) + " follows.",
          Duration.ZERO);
    }
    return ended.cause() == Cause.SUCCEEDED
        ? new StepResult.Over(RunPhase.COMPLETED, Reason.COMPLETED, ended.message())
        : StepResult.failed(ended.cause().reason(), ended.message());
  }

  private static int retries(RunProgress progress) {
    RetryPolicy policy = progress.run().getSpec().retryPolicy();
    return policy == null || policy.infrastructureRetries() == null
        ? DEFAULT_INFRASTRUCTURE_RETRIES
        : policy.infrastructureRetries();
  }
}
