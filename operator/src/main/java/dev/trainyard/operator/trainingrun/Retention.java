package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Deletes finished runs once {@code ttlSecondsAfterFinished} is over. */
final class Retention {
  private final KubernetesClient client;
  private final Clock clock;

  Retention(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Deletes the run when its time is over; otherwise says when to look again. */
  UpdateControl<TrainingRun> apply(TrainingRun run) {
    Optional<Duration> left = left(run);
    UpdateControl<TrainingRun> control = UpdateControl.noUpdate();
    if (left.isEmpty()) {
      return control;
    }
    if (left.get().isPositive()) {
      return control.rescheduleAfter(left.get());
    }
    client.resource(run).delete();
    return control;
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
