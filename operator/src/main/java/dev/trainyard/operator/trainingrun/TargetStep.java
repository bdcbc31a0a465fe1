package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import java.util.Optional;

/** Waits until the target takes the run and nothing that the run needs there is missing. */
final class TargetStep implements RunStep {

  @Override
  public ConditionType condition() {
    return ConditionType.TARGET_READY;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (progress.attempt().isPresent()) {
      return new StepResult.Done("The target took the run.");
    }
    Optional<Obstacle> obstacle = progress.provider().obstacle(progress.request(1));
    return obstacle
        .<StepResult>map(o -> StepResult.held(RunPhase.PROVISIONING, o.reason(), o.message()))
        .orElseGet(() -> new StepResult.Done("The target takes the run."));
  }
}
