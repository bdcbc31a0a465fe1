package dev.trainyard.operator.metrics;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How many runs there are by phase, how they ended, and where their time went. The times of a run
 * are read from its status when it is over, so that a restart of the operator loses none.
 */
public final class RunMetrics {
  private final MeterRegistry registry;

  public RunMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Counts the runs of a cache by phase whenever the metrics are read. */
  public void countRuns(Supplier<Stream<TrainingRun>> runs) {
    for (RunPhase phase : RunPhase.values()) {
      Gauge.builder("trainyard.runs", () -> count(runs, phase))
          .description("Runs by phase")
          .tag("phase", phase.toString())
          .register(registry);
    }
  }

  /** A run is over. */
  public void finished(TrainingRun run, TrainingRunStatus status, String reason) {
    String phase = status.phase().toString();
    registry.counter("trainyard.runs.finished", "phase", phase, "reason", reason).increment();
    List<Attempt> attempts = status.attempts();
    if (attempts == null || attempts.isEmpty()) {
      return;
    }
    time(
        "trainyard.run.preparation",
        phase,
        run.getMetadata().getCreationTimestamp(),
        attempts.getFirst().submitTime());
    for (Attempt attempt : attempts) {
      time("trainyard.run.queued", phase, attempt.submitTime(), attempt.startTime());
      time("trainyard.run.running", phase, attempt.startTime(), attempt.endTime());
    }
  }

  private static double count(Supplier<Stream<TrainingRun>> runs, RunPhase phase) {
    return runs.get().filter(run -> phase(run) == phase).count();
  }

  private static RunPhase phase(TrainingRun run) {
    return run.getStatus() == null || run.getStatus().phase() == null
        ? RunPhase.NOT_STARTED
        : run.getStatus().phase();
  }

  private void time(String name, String phase, @Nullable String from, @Nullable String to) {
    if (from != null && to != null) {
      Duration duration = Duration.between(Instant.parse(from), Instant.parse(to));
      registry.timer(name, "phase", phase).record(duration.isNegative() ? Duration.ZERO : duration);
    }
  }
}
