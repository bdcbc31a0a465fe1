package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RetryPolicy;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.provider.RunObservation.Cause;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How often a run is tried again, and after which pause. The script's own failures and trouble that
 * is not the script's are counted apart. Pure.
 *
 * @param infrastructure retries after trouble that is not the script's
 * @param script retries after a failure of the script
 * @param backoff pause before the first retry; it doubles with each attempt
 */
record Retries(int infrastructure, int script, Duration backoff) {
  private static final int DEFAULT_INFRASTRUCTURE = 3;
  private static final int DEFAULT_BACKOFF_SECONDS = 10;
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MOST_DOUBLINGS = 12;

  static Retries of(@Nullable RetryPolicy policy) {
    return policy == null
        ? new Retries(DEFAULT_INFRASTRUCTURE, 0, Duration.ofSeconds(DEFAULT_BACKOFF_SECONDS))
        : new Retries(
            or(policy.infrastructureRetries(), DEFAULT_INFRASTRUCTURE),
            or(policy.scriptRetries(), 0),
            Duration.ofSeconds(or(policy.backoffSeconds(), DEFAULT_BACKOFF_SECONDS)));
  }

  /** The pause before the next attempt; empty when there is none. */
  Optional<Duration> pause(List<Attempt> attempts) {
    Cause last = Cause.of(attempts.getLast().reason()).orElse(Cause.LOST);
    if (last == Cause.SUCCEEDED || last == Cause.DEADLINE) {
      return Optional.empty();
    }
    long alike =
        attempts.stream()
            .map(attempt -> Cause.of(attempt.reason()).orElse(Cause.LOST))
            .filter(cause -> cause.infrastructure() == last.infrastructure())
            .count();
    if (alike > (last.infrastructure() ? infrastructure : script)) {
      return Optional.empty();
    }
    Duration pause = backoff.multipliedBy(1L << Math.min(attempts.size() - 1, MOST_DOUBLINGS));
    return Optional.of(pause.compareTo(LONGEST) < 0 ? pause : LONGEST);
  }

  private static int or(@Nullable Integer value, int otherwise) {
    return value == null ? otherwise : value;
  }
}
