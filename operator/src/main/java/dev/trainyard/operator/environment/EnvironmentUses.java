package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.EnvironmentStatus;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who uses an environment, and when it may go. Users are unfinished runs that name it in their
 * status, run configurations that it was prepared for, and a build that is under way.
 */
final class EnvironmentUses {
  /** Uses that go on are written down this often, not at each look. */
  private static final Duration LONGEST_BEAT = Duration.ofHours(1);

  private static final int BEATS = 4;

  private final EnvironmentUsers users;
  private final Duration unusedAfter;
  private final Clock clock;

  /**
   * @param unusedAfter how long an environment is kept after its last use; zero: for ever
   */
  EnvironmentUses(EnvironmentUsers users, Duration unusedAfter, Clock clock) {
    this.users = users;
    this.unusedAfter = unusedAfter;
    this.clock = clock;
  }

  /**
   * When it was last used, as the status is to tell it: the latest of what the status says already,
   * the times at which its runs were made or ended, and, while it is in use, about now.
   */
  Optional<Instant> last(Environment environment) {
    Optional<Instant> known = known(environment);
    if (!hasUsers(environment)) {
      return known;
    }
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    return Optional.of(known.filter(time -> time.plus(beat()).isAfter(now)).orElse(now));
  }

  /** How long it is kept from now if nothing uses it; empty: for ever, or it is in use. */
  Optional<Duration> left(Environment environment) {
    if (unusedAfter.isZero() || isInUse(environment)) {
      return Optional.empty();
    }
    Instant last =
        known(environment)
            .orElseGet(() -> Instant.parse(environment.getMetadata().getCreationTimestamp()));
    return Optional.of(Duration.between(clock.instant(), last.plus(unusedAfter)));
  }

  /** When to look at one again that is in use: a configuration lets go of it without a word. */
  Optional<Duration> lookAgain() {
    return unusedAfter.isZero() ? Optional.empty() : Optional.of(unusedAfter);
  }

  private Duration beat() {
    Duration part = unusedAfter.dividedBy(BEATS);
    return unusedAfter.isZero() || part.compareTo(LONGEST_BEAT) > 0 ? LONGEST_BEAT : part;
  }

  private Optional<Instant> known(Environment environment) {
    Stream<Instant> runs =
        users
            .runs(environment)
            .map(run ->
                Objects.requireNonNullElse(
                    run.getStatus().endTime(), run.getMetadata().getCreationTimestamp()))
            .map(Instant::parse);
    return Stream.concat(runs, told(environment)).max(Instant::compareTo);
  }

  /** Times of use that stand in the resource itself: the status', and what runs asked for. */
  static Stream<Instant> told(Environment environment) {
    var annotations =
        Objects.requireNonNullElse(
            environment.getMetadata().getAnnotations(), Map.<String, String>of());
    return Stream.concat(
            Stream.ofNullable(environment.getStatus()).map(EnvironmentStatus::lastUsedTime),
            Stream.of(annotations.get(TrainyardApi.NEEDED_ANNOTATION)))
        .filter(Objects::nonNull)
        .map(Instant::parse);
  }

  private boolean isInUse(Environment environment) {
    return environment.getStatus() == null
        || environment.getStatus().state() == EnvironmentState.BUILDING
        || hasUsers(environment);
  }

  private boolean hasUsers(Environment environment) {
    return users.configurations(environment).findAny().isPresent()
        || users.runs(environment).anyMatch(EnvironmentUses::isUnfinished);
  }

  private static boolean isUnfinished(TrainingRun run) {
    return run.getStatus().phase() == null || !run.getStatus().phase().isTerminal();
  }
}
