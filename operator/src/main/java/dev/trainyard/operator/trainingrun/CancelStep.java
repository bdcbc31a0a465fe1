package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.history.RunHistory;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/** Ends a run that is asked to end, and says so only once nothing of it runs any more. */
final class CancelStep implements RunStep {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);

  private static final String CANCELED = "The run was ended because spec.cancel is true.";

  private final AcceptStep accept;
  private final FinalizeStep finalize;
  private final RunHistory history;

  /**
   * @param accept finds the provider of the attempt that is to be ended
   * @param finalize stores what it left
   */
  CancelStep(AcceptStep accept, FinalizeStep finalize, RunHistory history) {
    this.accept = accept;
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
    if (progress.attempt().isEmpty()) {
      return canceled();
    }
    StepResult accepted = accept.execute(progress);
    if (progress.acceptedProvider().isEmpty()) {
      return accepted;
    }
    RunProvider provider = progress.provider();
    RunRequest request = progress.request(progress.attemptCount());
    return switch (provider.observe(request)) {
      case RunObservation.Gone gone -> over(progress);
      case RunObservation.Ended ended -> {
        ended.startTime().ifPresent(progress.results()::started);
        yield over(progress);
      }
      case RunObservation.Running running -> end(provider, request);
      case RunObservation.Waiting waiting -> end(provider, request);
    };
  }

  private StepResult end(RunProvider provider, RunRequest request) {
    // The pod may be gone soon after its script; what it prints is read from now on.
    history.follow(provider, request);
    provider.cancel(request);
    return new StepResult.Waiting(
        RunPhase.CANCEL_REQUESTED,
        Reason.CANCEL_REQUESTED,
        "The attempt is being ended.",
        LOOK_AGAIN);
  }

  /** Nothing runs any more; what the attempt left is stored before the run is over. */
  private StepResult over(RunProgress progress) {
    Attempt attempt = progress.attempt().orElseThrow();
    if (attempt.endTime() == null) {
      progress.replaceAttempt(
          attempt.ended(progress.now(), null, Reason.CANCELED.toString(), CANCELED));
    }
    StepResult stored = finalize.execute(progress);
    if (stored instanceof StepResult.Waiting waiting) {
      return new StepResult.Waiting(
          RunPhase.CANCEL_REQUESTED, waiting.reason(), waiting.message(), waiting.again());
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
