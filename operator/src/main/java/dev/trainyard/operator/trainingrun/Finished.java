package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRun;

/** Whether a run is over for good. The phase is the latch: nothing takes a run back out of it. */
final class Finished {
  private Finished() {}

  static boolean is(TrainingRun run) {
    return run.getStatus() != null
        && run.getStatus().phase() != null
        && run.getStatus().phase().isTerminal();
  }

  /** Whether the status of a finished run speaks of the spec that it has now. */
  static boolean isObserved(TrainingRun run) {
    return run.getMetadata().getGeneration().equals(run.getStatus().observedGeneration());
  }
}
