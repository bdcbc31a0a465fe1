package dev.trainyard.operator.trainingrun;

import dev.trainyard.operator.status.ConditionType;

/**
 * One step of a run. It is executed on every reconcile, so it begins by looking whether it is done
 * already, and may be interrupted at any line.
 */
interface RunStep {

  /** The condition that tells how far the step is. */
  ConditionType condition();

  /** Does what can be done now, without waiting for anything long. */
  StepResult execute(RunProgress progress);
}
