package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.Optional;

/** Waits until the target takes the run and nothing that the run needs there is missing. */
final class TargetStep implements RunStep {
  /** Those that leave wake the next ones; this is for what nobody thought of. */
  private static final Duration NOT_POLLED = Duration.ofMinutes(9);

  private final TargetQueue queue;

  TargetStep(TargetQueue queue) {
    this.queue = queue;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.TARGET_READY;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (progress.attempt().isPresent()) {
      return new StepResult.Done("The target took the run.");
    }
    Integer most = progress.target().maxConcurrentRuns();
    if (most != null
        && queue.ask(
                progress.run(),
                progress.configuration().target(),
                progress.configuration().priority(),
                most)
            instanceof TargetQueue.Later later) {
      return later(progress, later, most);
    }
    progress.results().progress(null);
    Optional<Obstacle> obstacle = progress.provider().obstacle(progress.request(1));
    if (obstacle.isEmpty()) {
      return new StepResult.Done("The target takes the run.");
    }
    queue.giveBack(progress.run());
    return StepResult.held(
        RunPhase.PROVISIONING, obstacle.get().reason(), obstacle.get().message());
  }

  private static StepResult later(RunProgress progress, TargetQueue.Later later, int most) {
    progress.results().progress("#" + later.position() + " in queue");
    return new StepResult.Waiting(
        RunPhase.QUEUED,
        Reason.WAITING_FOR_TURN,
        "Number "
            + later.position()
            + " of "
            + later.waiting()
            + " that wait for "
            + progress.configuration().target()
            + ", which takes "
            + most
            + (most == 1 ? " run" : " runs")
            + " at once (maxConcurrentRuns).",
        NOT_POLLED);
  }
}
