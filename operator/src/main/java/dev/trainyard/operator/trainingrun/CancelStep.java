package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.source.SourcePacker;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * Ends a run that is asked to end, and says so only once its script runs no more. Needs neither the
 * run's configuration nor its target. An attempt that was over before it was asked to end keeps the
 * end that it had.
 */
final class CancelStep implements RunStep {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Providers providers;
  private final SourcePacker sources;

  CancelStep(Providers providers, SourcePacker sources) {
    this.providers = providers;
    this.sources = sources;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.FINISHED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (!Boolean.TRUE.equals(progress.run().getSpec().cancel())) {
      return new StepResult.Done("Not asked to end.");
    }
    Optional<RunProvider> provider =
        progress.targetType().flatMap(providers::forType).map(Providers.Provider::runs);
    if (!progress.isUnderWay() || provider.isEmpty()) {
      sources.abandon(progress.run());
      return canceled();
    }
    RunAttempt attempt = progress.runAttempt();
    return switch (provider.get().observe(attempt)) {
      case RunObservation.Gone gone -> ended(progress, provider.get(), attempt);
      case RunObservation.Ended ended ->
          wasAsked(progress)
              ? ended(progress, provider.get(), attempt)
              : new StepResult.Done("The attempt was over before.");
      case RunObservation.Unknown unknown ->
          end(progress, provider.get(), attempt, unknown.message());
      case RunObservation.Running running ->
          end(progress, provider.get(), attempt, running.doubt().map(Obstacle::message).orElse(""));
      case RunObservation.Waiting waiting -> end(progress, provider.get(), attempt, "");
    };
  }

  private static boolean wasAsked(RunProgress progress) {
    return progress
        .conditions()
        .get(ConditionType.FINISHED)
        .filter(finished -> Reason.CANCEL_REQUESTED.toString().equals(finished.getReason()))
        .isPresent();
  }

  private static StepResult end(
      RunProgress progress, RunProvider provider, RunAttempt attempt, String doubt) {
    if (!wasAsked(progress)) {
      progress.output(provider.outputTail(attempt, ObserveStep.LOG_BYTES));
    }
    provider.cancel(attempt);
    return new StepResult.Waiting(
        RunPhase.CANCEL_REQUESTED,
        Reason.CANCEL_REQUESTED,
        ("The attempt is being ended. " + doubt).strip(),
        LOOK_AGAIN);
  }

  private static StepResult ended(RunProgress progress, RunProvider provider, RunAttempt attempt) {
    progress.output(provider.outputTail(attempt, ObserveStep.LOG_BYTES));
    return over(progress);
  }

  private static StepResult over(RunProgress progress) {
    Attempt attempt = progress.attempt().orElseThrow();
    progress.replaceAttempt(
        new Attempt(
            attempt.number(),
            attempt.backendId(),
            attempt.submitTime(),
            attempt.startTime(),
            progress.now(),
            null,
            Reason.CANCELED.toString()));
    return canceled();
  }

  private static StepResult canceled() {
    return new StepResult.Over(
        RunPhase.CANCELED, Reason.CANCELED, "The run was ended because spec.cancel is true.");
  }
}
