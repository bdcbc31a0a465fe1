package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs on a target that takes one run at once: each waits for its turn and says where it stands.
 */
@ExtendWith(YardExtension.class)
class QueuedRunsIT {
  private static final String UNTIL_TOLD =
      """
      import os, time
      while not os.path.exists("/tmp/go"):
          time.sleep(0.2)
      """;

  private final Yard yard;

  QueuedRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void runsTakeTurnsByPriorityAndThenByArrival() {
    target("one", 1);
    Run running = on("one", "running", UNTIL_TOLD, 0);
    running.awaitRunning();
    Run first = on("one", "first", "print(1)", 0);
    first.await("is number 1", r -> isPlaced(r.getStatus(), 1));
    Run second = on("one", "second", "print(2)", 0);
    second.await("is number 2", r -> isPlaced(r.getStatus(), 2));
    Run urgent = on("one", "urgent", "print(3)", 10);
    urgent.await("is number 1", r -> isPlaced(r.getStatus(), 1));
    assertThat(urgent.reason()).isEqualTo("WaitingForTurn");
    assertThat(urgent.status().phase()).isEqualTo(RunPhase.QUEUED);
    assertThat(urgent.message()).contains("Number 1 of 3", "one", "1 run at once");
    assertThat(Stream.of(first, second, urgent))
        .allSatisfy(run -> assertThat(run.jobs()).isEmpty());

    running.exec("touch", "/tmp/go");
    running.awaitEnd(RunPhase.COMPLETED);
    Stream.of(first, second, urgent).forEach(run -> run.awaitEnd(RunPhase.COMPLETED));
    assertThat(
            Stream.of(running, urgent, first, second)
                .map(run -> Objects.requireNonNull(run.status().startTime())))
        .as("times at which scripts began")
        .isSorted();
    assertThat(Objects.requireNonNull(first.status().startTime()))
        .as("never two at once")
        .isGreaterThanOrEqualTo(Objects.requireNonNull(urgent.status().endTime()));
  }

  @Test
  void ofRunsThatArriveTogetherAsManyGoOnAsTheTargetTakes() {
    target("together", 2);
    // From here on the namespace has all that such a run needs: each comes to the queue at once.
    on("together", "one", UNTIL_TOLD, 0).awaitRunning();
    List<Run> runs =
        IntStream.range(0, 12)
            .parallel()
            .mapToObj(number -> on("together", "together-" + number, UNTIL_TOLD, 0))
            .toList();
    runs.forEach(run ->
        run.await("went on or waits", r -> hasAttempt(r.getStatus()) || isQueued(r.getStatus())));
    assertThat(runs).filteredOn(run -> hasAttempt(run.status())).hasSize(1);
  }

  @Test
  void aCanceledRunLeavesItsPlaceToTheNext() {
    target("canceling", 1);
    Run running = on("canceling", "holds", UNTIL_TOLD, 0);
    running.awaitRunning();
    Run ahead = on("canceling", "ahead", "print(1)", 0);
    ahead.await("is number 1", r -> isPlaced(r.getStatus(), 1));
    Run behind = on("canceling", "behind", "print(2)", 0);
    behind.await("is number 2", r -> isPlaced(r.getStatus(), 2));
    ahead.cancel();
    ahead.awaitEnd(RunPhase.CANCELED);
    behind.await("moves up", r -> isPlaced(r.getStatus(), 1));
    running.delete();
    behind.awaitEnd(RunPhase.COMPLETED);
  }

  private static boolean hasAttempt(@Nullable TrainingRunStatus status) {
    return status != null && status.attempts() != null;
  }

  private static boolean isQueued(@Nullable TrainingRunStatus status) {
    return status != null && Objects.requireNonNullElse(status.progress(), "").endsWith("in queue");
  }

  private static boolean isPlaced(TrainingRunStatus status, int position) {
    return status != null && ("#" + position + " in queue").equals(status.progress());
  }

  private void target(String name, int most) {
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: %s}
        spec: {type: local, maxConcurrentRuns: %d}
        """
            .formatted(name, most));
  }

  private Run on(String target, String name, String script, int priority) {
    return yard.runOf(
        name,
        script,
        """
          priority: %d
        computeTargetRef: {name: %s}
        """
            .formatted(priority, target));
  }
}
