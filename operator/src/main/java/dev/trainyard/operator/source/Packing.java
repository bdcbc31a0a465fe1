package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/** How far the packing of a source is. */
public sealed interface Packing {

  /** The source is not in the registry yet. */
  sealed interface NotPacked extends Packing {}

  /** The source is in the registry. */
  record Packed(SnapshotStatus snapshot) implements Packing {}

  /**
   * The source is being packed, or will be tried again.
   *
   * @param again when to look again if nothing wakes the run before
   */
  record UnderWay(Reason reason, String message, Duration again) implements NotPacked {}

  /** Somebody has to mend something first. */
  record Held(Reason reason, String message) implements NotPacked {}
}
