package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.history.AttemptHistory;
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
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private static final String CANCELED = "The run was ended because spec.cancel is true.";

  private final Providers providers;
  private final SourcePacker sources;
  private final FinalizeStep finalize;
  private final AttemptHistory history;

  /**
   * @param finalize stores what the attempt left
   */
  CancelStep(
      Providers providers, SourcePacker sources, FinalizeStep finalize, AttemptHistory history) {
    this.providers = providers;
    this.sources = sources;
    this.finalize = finalize;
    this.history = history;
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
    Optional<Attempt> over = progress.attempt().filter(attempt -> attempt.endTime() != null);
    if (over.isPresent() && provider.isPresent()) {
      return Reason.CANCELED.toString().equals(over.get().reason())
          ? over(progress, provider.get())
          : new StepResult.Done("The attempt was over before.");
    }
    if (!progress.isUnderWay() || provider.isEmpty()) {
      sources.abandon(progress.run());
      return canceled();
    }
    RunAttempt attempt = progress.runAttempt();
    return switch (provider.get().observe(attempt)) {
      case RunObservation.Gone gone -> over(progress, provider.get());
      case RunObservation.Ended ended ->
          wasAsked(progress)
              ? ended(progress, provider.get(), ended)
              : new StepResult.Done("The attempt was over before.");
      case RunObservation.Unknown unknown -> end(provider.get(), attempt, unknown.message());
      case RunObservation.Running running -> {
        // The pod may be gone soon after its script; what it prints is read from now on.
        history.follow(provider.get(), attempt);
        yield end(provider.get(), attempt, running.doubt().map(Obstacle::message).orElse(""));
      }
      case RunObservation.Waiting waiting -> end(provider.get(), attempt, "");
      case RunObservation.Fresh fresh -> end(provider.get(), attempt, "");
    };
  }

  private static boolean wasAsked(RunProgress progress) {
    return progress
        .conditions()
        .get(ConditionType.FINISHED)
        .filter(finished ->
            Reason.CANCEL_REQUESTED.toString().equals(finished.getReason())
                || Reason.COLLECTING.toString().equals(finished.getReason()))
        .isPresent();
  }

  private static StepResult end(RunProvider provider, RunAttempt attempt, String doubt) {
    provider.cancel(attempt);
    return new StepResult.Waiting(
        RunPhase.CANCEL_REQUESTED,
        Reason.CANCEL_REQUESTED,
        ("The attempt is being ended. " + doubt).strip(),
        LOOK_AGAIN);
  }

  private StepResult ended(RunProgress progress, RunProvider provider, RunObservation.Ended ended) {
    ended.startTime().ifPresent(progress.results()::started);
    return over(progress, provider);
  }

  /** Nothing runs any more; what the attempt left is stored before the run is over. */
  private StepResult over(RunProgress progress, RunProvider provider) {
    Attempt attempt = progress.attempt().orElseThrow();
    if (attempt.endTime() == null) {
      progress.replaceAttempt(
          attempt.ended(progress.now(), null, Reason.CANCELED.toString(), CANCELED));
    }
    StepResult stored = finalize.store(progress, provider);
    if (stored instanceof StepResult.Waiting waiting) {
      return new StepResult.Waiting(
          RunPhase.CANCEL_REQUESTED, Reason.COLLECTING, waiting.message(), waiting.again());
    }
    switch (stored) {
      case StepResult.Done done ->
          progress.conditions().set(finalize.condition(), true, Reason.STORED, done.message());
      case StepResult.Incomplete incomplete ->
          progress
              .conditions()
              .set(finalize.condition(), false, incomplete.reason(), incomplete.message());
      default -> throw new IllegalStateException("the finalize step never ends a run: " + stored);
    }
    return canceled();
  }

  private static StepResult canceled() {
    return new StepResult.Over(RunPhase.CANCELED, Reason.CANCELED, CANCELED);
  }
}
