package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is on a target that takes only so many runs at once: by priority, then by order of
 * arrival. What is on a target is what the runs' statuses say, so that a restart changes nothing.
 * What a run was told here is kept until its status has come back from the API server: in the
 * meantime others ask, or leave. Waiting runs are not polled: who leaves wakes the next ones.
 */
final class TargetQueue {
  /** How many of those that wait are told their new place each time that one leaves. */
  private static final int TOLD = 10;

  private static final Comparator<TrainingRun> ARRIVAL =
      Comparator.<TrainingRun, String>comparing(run -> run.getMetadata().getCreationTimestamp())
          .thenComparing(run -> run.getMetadata().getName());
  private static final Comparator<TrainingRun> ORDER =
      Comparator.comparing(TargetQueue::priority, Comparator.reverseOrder()).thenComparing(ARRIVAL);

  /** A run's turn. */
  sealed interface Turn {}

  /** It may go on. */
  record Now() implements Turn {}

  /** It waits. */
  record Later(int position, int waiting) implements Turn {}

  private final SimpleInboundEventSource<TrainingRun> wakeUps =
      new SimpleInboundEventSource<>("queue");

  /** The target that a run asked for, by its uid; its status may not name it yet. */
  private final Map<String, String> asked = new HashMap<>();

  private final Set<String> admitted = new HashSet<>();

  /** The namespace of a run that is over or gone, by its uid; the cache may still have it. */
  private final Map<String, String> left = new HashMap<>();

  private Function<String, Stream<TrainingRun>> runs = namespace -> Stream.empty();

  /** Gives the queue its view of the runs; called once, when the controller starts. */
  EventSource<?, TrainingRun> start(Function<String, Stream<TrainingRun>> runsOfNamespace) {
    runs = runsOfNamespace;
    return wakeUps;
  }

  /**
   * Asks for a turn, and takes it when there is one.
   *
   * @param most how many runs the target takes at once
   */
  synchronized Turn ask(TrainingRun run, String target, int priority, int most) {
    asked.put(uid(run), target);
    List<TrainingRun> there = onTarget(run.getMetadata().getNamespace(), target);
    Set<String> active = active(there);
    if (active.contains(uid(run))) {
      return new Now();
    }
    List<TrainingRun> waiting =
        there.stream()
            .filter(other -> isWaiting(other) && !active.contains(uid(other)))
            .filter(other -> !uid(other).equals(uid(run)))
            .toList();
    long ahead = waiting.stream().filter(other -> isBefore(other, run, priority)).count();
    if (active.size() + ahead < most) {
      admitted.add(uid(run));
      return new Now();
    }
    return new Later(Math.toIntExact(ahead) + 1, waiting.size() + 1);
  }

  /** Gives a turn back that could not be used. */
  synchronized void giveBack(TrainingRun run) {
    asked.remove(uid(run));
    admitted.remove(uid(run));
  }

  /** A run is over or gone: the next ones are woken, and those after them told their new place. */
  void leave(TrainingRun run) {
    String namespace = run.getMetadata().getNamespace();
    List<ResourceID> next;
    synchronized (this) {
      Optional<String> target = target(run);
      asked.remove(uid(run));
      admitted.remove(uid(run));
      if (target.isEmpty()) {
        return;
      }
      left.put(uid(run), namespace);
      next =
          onTarget(namespace, target.get()).stream()
              .filter(other -> isWaiting(other) || wasToldToWait(other))
              .sorted(ORDER)
              .limit(TOLD)
              .map(ResourceID::fromResource)
              .toList();
    }
    next.forEach(wakeUps::propagateEvent);
  }

  private List<TrainingRun> onTarget(String namespace, String target) {
    List<TrainingRun> all = runs.apply(namespace).toList();
    Set<String> there = all.stream().map(TargetQueue::uid).collect(Collectors.toSet());
    left.entrySet()
        .removeIf(run -> run.getValue().equals(namespace) && !there.contains(run.getKey()));
    return all.stream()
        .filter(run -> !Finished.is(run) && !left.containsKey(uid(run)))
        .filter(run -> target(run).filter(target::equals).isPresent())
        .toList();
  }

  private Optional<String> target(TrainingRun run) {
    String own = asked.get(uid(run));
    return own != null && !hasAttempt(run)
        ? Optional.of(own)
        : Optional.ofNullable(run.getStatus()).map(TrainingRunStatus::target);
  }

  private Set<String> active(List<TrainingRun> there) {
    var active = new HashSet<String>();
    for (TrainingRun run : there) {
      if (hasAttempt(run)) {
        asked.remove(uid(run));
        admitted.remove(uid(run));
        active.add(uid(run));
      } else if (admitted.contains(uid(run))) {
        active.add(uid(run));
      }
    }
    return active;
  }

  private boolean wasToldToWait(TrainingRun run) {
    return asked.containsKey(uid(run)) && !admitted.contains(uid(run)) && !hasAttempt(run);
  }

  private static boolean hasAttempt(TrainingRun run) {
    return run.getStatus() != null && run.getStatus().attempts() != null;
  }

  private static boolean isWaiting(TrainingRun run) {
    return run.getStatus() != null
        && run.getStatus().attempts() == null
        && run.getStatus().conditions().stream()
            .filter(c -> c.getType().equals(ConditionType.TARGET_READY.toString()))
            .anyMatch(c -> Reason.WAITING_FOR_TURN.toString().equals(c.getReason()));
  }

  private static boolean isBefore(TrainingRun other, TrainingRun run, int priority) {
    int byPriority = Integer.compare(priority(other), priority);
    return byPriority > 0 || (byPriority == 0 && ARRIVAL.compare(other, run) < 0);
  }

  private static int priority(TrainingRun run) {
    @Nullable Integer priority = run.getStatus() == null ? null : run.getStatus().priority();
    return priority == null ? 0 : priority;
  }

  private static String uid(TrainingRun run) {
    return run.getMetadata().getUid();
  }
}
