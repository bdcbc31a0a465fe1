package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** Deletes finished runs once {@code ttlSecondsAfterFinished} is over. */
final class Retention {
  private final Consumer<TrainingRun> deletion;
  private final Clock clock;

  Retention(Consumer<TrainingRun> deletion, Clock clock) {
    this.deletion = deletion;
    this.clock = clock;
  }

  /** Deletes that very run, as it was seen: not one of the same name that came after it. */
  static Consumer<TrainingRun> deletion(KubernetesClient client) {
    return run ->
        client.resource(run).lockResourceVersion(run.getMetadata().getResourceVersion()).delete();
  }

  /** Deletes the run when its time is over; otherwise says when that will be, if ever. */
  Optional<Duration> apply(TrainingRun run) {
    Optional<Duration> left = left(run);
    if (left.isPresent() && !left.get().isPositive()) {
      deletion.accept(run);
      return Optional.empty();
    }
    return left;
  }

  private Optional<Duration> left(TrainingRun run) {
    Long ttl = run.getSpec().ttlSecondsAfterFinished();
    if (ttl == null || run.getStatus().endTime() == null) {
      return Optional.empty();
    }
    Instant end = Instant.parse(run.getStatus().endTime());
    return Optional.of(Duration.between(clock.instant(), end.plusSeconds(ttl)));
  }
}
