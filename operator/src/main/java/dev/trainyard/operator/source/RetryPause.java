package dev.trainyard.operator.source;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** When a snapshot Job that failed is made anew: after a while that doubles, up to 8 minutes. */
final class RetryPause {
  private static final Duration FIRST = Duration.ofSeconds(15);
  private static final int MOST_DOUBLINGS = 5;

  private RetryPause() {}

  /**
   * How long to wait still.
   *
   * @param retries how often the Job was made before
   * @return empty when it is time
   */
  static Optional<Duration> left(int retries, Instant failedAt, Instant now) {
    Duration pause = FIRST.multipliedBy(1L << Math.clamp(retries, 0, MOST_DOUBLINGS));
    // A failure in the future is a clock that is off: it must not hold the run for ever.
    Instant since = failedAt.isAfter(now) ? now : failedAt;
    Duration left = Duration.between(now, since.plus(pause));
    return left.isPositive() ? Optional.of(left) : Optional.empty();
  }
}
