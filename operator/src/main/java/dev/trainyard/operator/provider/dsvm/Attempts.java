package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.Wakeups;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The attempts that are watched. One that nobody wants any more is forgotten, and its target is
 * told that there is something to take away.
 */
final class Attempts {
  private record Key(String runUid, int attempt) {}

  private record Watched(Attempt attempt, AttemptRemains remains, Rounds.Round round) {}

  private final Map<Key, Watched> watched = new ConcurrentHashMap<>();
  private final MachinePool machines;
  private final Executions executions;
  private final Runs runs;
  private final Rounds rounds;
  private final DsvmTargetProvider targets;
  private final Wakeups<TrainingRun> wakeups;

  Attempts(
      MachinePool machines,
      Executions executions,
      Runs runs,
      Rounds rounds,
      DsvmTargetProvider targets,
      Wakeups<TrainingRun> wakeups) {
    this.machines = machines;
    this.executions = executions;
    this.runs = runs;
    this.rounds = rounds;
    this.targets = targets;
    this.wakeups = wakeups;
  }

  /** The attempt, which is watched from now on if it was not. */
  Attempt watch(RunAttempt attempt) {
    return watched(attempt).attempt();
  }

  /** What the attempt left, which is watched from now on if it was not. */
  AttemptRemains remains(RunAttempt attempt) {
    return watched(attempt).remains();
  }

  private Watched watched(RunAttempt attempt) {
    watched.values().removeIf(one -> one.round().isOver());
    return watched.computeIfAbsent(key(attempt), key -> begin(attempt));
  }

  private Watched begin(RunAttempt attempt) {
    ResourceID run = ResourceID.fromResource(attempt.run());
    ResourceID target =
        new ResourceID(
            Objects.requireNonNullElse(attempt.run().getStatus().target(), ""),
            attempt.run().getMetadata().getNamespace());
    var made =
        new Attempt(
            machines,
            executions,
            runs,
            () -> targets.place(target),
            attempt,
            () -> wakeups.wake(run));
    var remains =
        new AttemptRemains(made, attempt, machines, executions, () -> targets.place(target));
    return new Watched(made, remains, rounds.begin(() -> round(made, target)));
  }

  private Duration round(Attempt attempt, ResourceID target) throws InterruptedException {
    Duration pause = attempt.round();
    if (pause.isZero()) {
      targets.hurry(target);
    }
    return pause;
  }

  /** Has the next round on the machine at once. */
  void hurry(RunAttempt attempt) {
    Watched one = watched.get(key(attempt));
    if (one != null) {
      one.round().hurry();
    }
  }

  private static Key key(RunAttempt attempt) {
    return new Key(attempt.run().getMetadata().getUid(), attempt.number());
  }
}
