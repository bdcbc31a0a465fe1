package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.history.AttemptHistory;
import dev.trainyard.operator.history.LogReading;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Watches the attempt until its script has ended, and writes down how it did. While it runs, the
 * end of its output is read every so often for progress and metrics; once it is taken away, its
 * output is stored as it comes.
 */
final class ObserveStep implements RunStep {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(1);
  private static final Duration PROGRESS = Duration.ofSeconds(15);
  private static final int PROGRESS_BYTES = 16 * 1024;

  private final AttemptHistory history;
  private final Clock clock;

  ObserveStep(AttemptHistory history, Clock clock) {
    this.history = history;
    this.clock = clock;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.EXECUTED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    Attempt attempt = progress.attempt().orElseThrow();
    if (attempt.endTime() != null) {
      return done(attempt);
    }
    return switch (progress.provider().observe(progress.runAttempt())) {
      case RunObservation.Waiting waiting -> waiting(attempt, waiting);
      case RunObservation.Fresh fresh -> new StepResult.Unseen(SOON.dividedBy(2));
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

  /** What keeps a young attempt may show only a little later, and not by a watch. */
  private StepResult waiting(Attempt attempt, RunObservation.Waiting waiting) {
    boolean young = Instant.parse(attempt.submitTime()).plus(LOOK_AGAIN).isAfter(clock.instant());
    return new StepResult.Waiting(
        RunPhase.QUEUED,
        waiting.reason(),
        waiting.message(),
        young ? SOON : LOOK_AGAIN.dividedBy(2));
  }

  private StepResult running(RunProgress progress, RunObservation.Running running) {
    progress.results().started(running.startTime());
    progress.replaceAttempt(progress.attempt().orElseThrow().started(running.startTime()));
    if (running.ending()) {
      history.follow(progress.provider(), progress.runAttempt());
    }
    boolean begun = Instant.parse(running.startTime()).plus(PROGRESS).isBefore(clock.instant());
    if (begun) {
      progress
          .provider()
          .outputTail(progress.runAttempt(), PROGRESS_BYTES)
          .map(LogReading::of)
          .ifPresent(progress.results()::said);
    }
    Duration again = begun ? LOOK_AGAIN.dividedBy(2) : PROGRESS;
    return running
        .doubt()
        .map(doubt ->
            new StepResult.Waiting(RunPhase.RUNNING, doubt.reason(), doubt.message(), again))
        .orElseGet(() -> runs(progress.attemptCount(), again));
  }

  private static StepResult unknown(RunProgress progress, RunObservation.Unknown unknown) {
    return progress.phase() == RunPhase.RUNNING
        ? runs(progress.attemptCount(), PROGRESS)
        : new StepResult.Waiting(RunPhase.QUEUED, Reason.QUEUED, unknown.message(), SOON);
  }

  private static StepResult.Waiting runs(int attempt, Duration again) {
    return new StepResult.Waiting(
        RunPhase.RUNNING,
        Reason.RUNNING,
        attempt == 1 ? "The script runs." : "The script runs, in attempt " + attempt + ".",
        again);
  }

  private static StepResult ended(RunProgress progress, RunObservation.Ended ended) {
    ended.startTime().ifPresent(progress.results()::started);
    progress.results().exited(ended.exitCode().orElse(null));
    Attempt attempt = progress.attempt().orElseThrow();
    Attempt over =
        ended
            .startTime()
            .map(attempt::started)
            .orElse(attempt)
            .ended(
                ended.endTime().orElseGet(progress::now),
                ended.exitCode().orElse(null),
                ended.cause().reason().toString(),
                ended.message());
    progress.replaceAttempt(over);
    return done(over);
  }

  private static StepResult done(Attempt attempt) {
    return new StepResult.Done(
        attempt.message() == null ? "The attempt is over." : attempt.message());
  }
}
