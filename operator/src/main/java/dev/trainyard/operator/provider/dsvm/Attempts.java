package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.provider.Wakeups;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The attempts that are watched. One that nobody wants any more is forgotten, and its target is
 * told that there is something to take away.
 */
final class Attempts {
  private record Key(String runUid, int attempt) {}

  private record Watched(Attempt attempt, Rounds.Round round) {}

  private final Map<Key, Watched> watched = new ConcurrentHashMap<>();
  private final MachinePool machines;
  private final Runs runs;
  private final Rounds rounds;
  private final Wakeups<TrainingRun> wakeups;
  private final Consumer<ResourceID> over;

  Attempts(
      MachinePool machines,
      Runs runs,
      Rounds rounds,
      Wakeups<TrainingRun> wakeups,
      Consumer<ResourceID> over) {
    this.machines = machines;
    this.runs = runs;
    this.rounds = rounds;
    this.wakeups = wakeups;
    this.over = over;
  }

  /** The attempt, which is watched from now on if it was not. */
  Attempt watch(RunRequest request, Execution execution, String targetUid) {
    watched.values().removeIf(one -> one.round().isOver());
    var key = new Key(request.run().getMetadata().getUid(), request.attempt());
    Watched one =
        watched.computeIfAbsent(
            key,
            k -> {
              ResourceID run = ResourceID.fromResource(request.run());
              var attempt =
                  new Attempt(
                      machines, execution, runs, request, targetUid, () -> wakeups.wake(run));
              ResourceID target =
                  new ResourceID(
                      request.configuration().target(), request.run().getMetadata().getNamespace());
              return new Watched(attempt, rounds.begin(() -> round(attempt, target)));
            });
    one.attempt().update(request, targetUid);
    return one.attempt();
  }

  private Duration round(Attempt attempt, ResourceID target) throws InterruptedException {
    Duration pause = attempt.round();
    if (pause.isZero()) {
      over.accept(target);
    }
    return pause;
  }

  /** Has the next round on the machine at once. */
  void hurry(RunRequest request) {
    Watched one = watched.get(new Key(request.run().getMetadata().getUid(), request.attempt()));
    if (one != null) {
      one.round().hurry();
    }
  }
}
