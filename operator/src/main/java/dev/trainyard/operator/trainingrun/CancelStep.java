package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/** Ends a run that is asked to end, and says so only once nothing of it runs any more. */
final class CancelStep implements RunStep {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final AcceptStep accept;

  /**
   * @param accept finds the provider of the attempt that is to be ended
   */
  CancelStep(AcceptStep accept) {
    this.accept = accept;
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
      case RunObservation.Gone gone -> canceled();
      case RunObservation.Ended ended -> canceled();
      case RunObservation.Unknown unknown -> end(provider, request, unknown.message());
      case RunObservation.Running running ->
          end(provider, request, running.doubt().map(Obstacle::message).orElse(""));
      case RunObservation.Waiting waiting -> end(provider, request, waiting.message());
    };
  }

  private static StepResult end(RunProvider provider, RunRequest request, String seen) {
    provider.cancel(request);
    return new StepResult.Waiting(
        RunPhase.CANCEL_REQUESTED,
        Reason.CANCEL_REQUESTED,
        ("The attempt is being ended. " + seen).strip(),
        LOOK_AGAIN);
  }

  private static StepResult canceled() {
    return new StepResult.Over(
        RunPhase.CANCELED, Reason.CANCELED, "The run was ended because spec.cancel is true.");
  }
}
