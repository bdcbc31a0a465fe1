package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.TrainingRun;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/** Who uses an environment, and whether it may go. */
final class EnvironmentUses {
  private final EnvironmentWatches watches;
  private final Duration unusedAfter;
  private final Clock clock;

  /**
   * @param unusedAfter how long an environment is kept after its last use; zero: for ever
   */
  EnvironmentUses(EnvironmentWatches watches, Duration unusedAfter, Clock clock) {
    this.watches = watches;
    this.unusedAfter = unusedAfter;
    this.clock = clock;
  }

  /** When a run last began or ended with it, of the runs that are still there. */
  Optional<String> last(Environment environment) {
    return watches
        .runs(environment)
        .map(run ->
            Objects.requireNonNullElse(
                run.getStatus().endTime(), run.getMetadata().getCreationTimestamp()))
        .max(Comparator.naturalOrder());
  }

  /** Whether nothing uses it, and nothing did for long. A build that is under way is a use. */
  boolean isOver(Environment environment) {
    if (unusedAfter.isZero() || isInUse(environment)) {
      return false;
    }
    Instant last =
        last(environment)
            .or(() ->
                Optional.ofNullable(environment.getStatus()).map(status -> status.lastUsedTime()))
            .map(Instant::parse)
            .orElseGet(() -> Instant.parse(environment.getMetadata().getCreationTimestamp()));
    return last.plus(unusedAfter).isBefore(clock.instant());
  }

  private boolean isInUse(Environment environment) {
    return environment.getStatus() == null
        || environment.getStatus().state() == EnvironmentState.BUILDING
        || watches.configurations(environment).findAny().isPresent()
        || watches.runs(environment).anyMatch(EnvironmentUses::isUnfinished);
  }

  private static boolean isUnfinished(TrainingRun run) {
    return run.getStatus().phase() == null || !run.getStatus().phase().isTerminal();
  }
}
