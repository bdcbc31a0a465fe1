package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/** How a step of a run ended. */
public sealed interface StepResult {

  /** The step is done; the next one may begin. */
  record Done(String message) implements StepResult {}

  /** The step is over and could not do all that it should; the next one may begin. */
  record Incomplete(Reason reason, String message) implements StepResult {}

  /**
   * The step waits for something.
   *
   * @param phase state of the run while it waits
   * @param again when to look again if nothing wakes the run before
   */
  record Waiting(RunPhase phase, Reason reason, String message, Duration again)
      implements StepResult {}

  /**
   * What the step did is seen in a moment, and not worth a write until then: the status stays what
   * it was, and the step is executed again.
   *
   * @param again when to look again if nothing wakes the run before
   */
  record Unseen(Duration again) implements StepResult {}

  /**
   * The run is over for good.
   *
   * @param phase a terminal one
   */
  record Over(RunPhase phase, Reason reason, String message) implements StepResult {}

  /** Waits for a person to mend something; looks again every so often. */
  static Waiting held(RunPhase phase, Reason reason, String message) {
    return new Waiting(phase, reason, message, Duration.ofSeconds(15));
  }

  /** The run failed for good. */
  static Over failed(Reason reason, String message) {
    return new Over(RunPhase.FAILED, reason, message);
  }
}
