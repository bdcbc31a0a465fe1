package dev.trainyard.operator.provider;

import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a provider sees of an attempt. Times are RFC 3339 in UTC. */
public sealed interface RunObservation {

  /** Nothing of the attempt is there. */
  record Gone() implements RunObservation {}

  /** Accepted by the backend, not running. */
  record Waiting(Reason reason, String message) implements RunObservation {}

  /** Made a moment ago; the backend tells at once what comes of it, and wakes the run. */
  record Fresh() implements RunObservation {}

  /** The backend was not asked yet, since the operator has just started: nothing changes. */
  record Unknown(String message) implements RunObservation {}

  /**
   * The script runs.
   *
   * @param doubt why that may no longer be so, as when its machine does not answer
   * @param ending it is being taken away: what it prints may soon be gone
   */
  record Running(String startTime, Optional<Obstacle> doubt, boolean ending)
      implements RunObservation {
    public Running(String startTime) {
      this(startTime, Optional.empty(), false);
    }
  }

  /**
   * The attempt is over.
   *
   * @param cause what ended it
   * @param exitCode the script's exit code, where one was seen
   */
  record Ended(
      Cause cause,
      Optional<Integer> exitCode,
      String message,
      Optional<String> startTime,
      Optional<String> endTime)
      implements RunObservation {}

  /** What ended an attempt. */
  enum Cause {
    SUCCEEDED(Reason.COMPLETED, false),
    SCRIPT_FAILED(Reason.SCRIPT_FAILED, false),
    OUT_OF_MEMORY(Reason.OUT_OF_MEMORY, false),
    DEADLINE(Reason.DEADLINE_EXCEEDED, false),
    EVICTED(Reason.EVICTED, true),
    DISK_FULL(Reason.MACHINE_DISK_FULL, true),
    LOST(Reason.INFRASTRUCTURE_LOST, true);

    private final Reason reason;
    private final boolean infrastructure;

    Cause(Reason reason, boolean infrastructure) {
      this.reason = reason;
      this.infrastructure = infrastructure;
    }

    /** The cause whose reason has that text. */
    public static Optional<Cause> of(@Nullable String reason) {
      return Arrays.stream(values())
          .filter(cause -> cause.reason.toString().equals(reason))
          .findFirst();
    }

    public Reason reason() {
      return reason;
    }

    /** Whether the script is not to blame, so that another attempt makes sense. */
    public boolean infrastructure() {
      return infrastructure;
    }
  }
}
