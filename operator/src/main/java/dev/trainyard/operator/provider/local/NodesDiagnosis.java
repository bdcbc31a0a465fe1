package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.provider.RunObservation.Ended;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads from the pods of a distributed run what became of it. The node that failed first decides:
 * those after it were ended because of it, or missed it as an MPI launcher does. Pure.
 */
final class NodesDiagnosis {
  /** Annotation of a pod: how many nodes its attempt has. */
  static final String NODES = TrainyardApi.GROUP + "/nodes";

  /** Annotation of a pod: how many nodes, from the first, decide whether the attempt succeeded. */
  static final String DECIDING = TrainyardApi.GROUP + "/deciding-nodes";

  private static final String INDEX = "batch.kubernetes.io/job-completion-index";

  /** Annotation of a pod: how many nodes, the last ones, are parameter servers. */
  static final String PARAMETER_SERVERS = TrainyardApi.GROUP + "/parameter-servers";

  /** How long after an MPI launcher's end the kubelet of a node may tell what became of it. */
  private static final Duration LATE_NEWS = Duration.ofMinutes(1);

  private final int nodes;
  private final int parameterServers;
  private final int deciding;
  private final Map<Integer, Pod> pods = new TreeMap<>();
  private final Optional<Job> job;
  private final Instant now;

  /**
   * The nodes of an attempt.
   *
   * @param job the Job that made their pods, if it is still there
   */
  NodesDiagnosis(List<Pod> all, Optional<Job> job, Instant now) {
    this.nodes = all.stream().mapToInt(pod -> number(pod, NODES, 1)).max().orElse(0);
    this.deciding = all.stream().mapToInt(pod -> number(pod, DECIDING, 1)).max().orElse(0);
    this.parameterServers =
        all.stream().mapToInt(pod -> number(pod, PARAMETER_SERVERS, 0)).max().orElse(0);
    this.job = job;
    this.now = now;
    all.stream()
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()))
        .forEach(pod -> pods.put(index(pod), pod));
  }

  static int index(Pod pod) {
    return number(pod, INDEX, 0);
  }

  private static int number(Pod pod, String annotation, int otherwise) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    String text = annotations == null ? "" : annotations.getOrDefault(annotation, "");
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : otherwise;
  }

  boolean isDistributed() {
    return nodes > 1;
  }

  private String name(int index) {
    if (parameterServers == 0) {
      return "Node " + index;
    }
    int workers = nodes - parameterServers;
    return index < workers ? "Worker " + index : "Parameter server " + (index - workers);
  }

  /** What the pods say; there is at least one. */
  RunObservation observed() {
    Optional<Map.Entry<Integer, Ended>> failed = firstFailure();
    if (failed.isPresent() && awaitsItsCause(failed.get().getKey(), failed.get().getValue())) {
      // Whose output comes first shows only with the cause.
      return running(false);
    }
    if (failed.isPresent()) {
      return named(failed.get());
    }
    if (!isDistributed()) {
      return observed(pods.values().iterator().next());
    }
    var succeeded = new ArrayList<Ended>();
    for (int index = 0; index < nodes; index++) {
      Pod pod = pods.get(index);
      RunObservation observed =
          pod == null
              ? new RunObservation.Waiting(Reason.QUEUED, "its pod is about to be made.")
              : observed(pod);
      if (observed instanceof RunObservation.Waiting waiting && job.isPresent()) {
        return new RunObservation.Waiting(waiting.reason(), name(index) + ": " + waiting.message());
      }
      if (observed instanceof Ended ended && index < deciding) {
        succeeded.add(ended);
      }
    }
    return succeeded.size() == deciding
        ? withMessage(succeeded.getFirst(), "The script ended with exit code 0 on every node.")
        : running(pods.values().stream().anyMatch(PodDiagnosis::isBeingDeleted));
  }

  private RunObservation observed(Pod pod) {
    return job.isPresent() ? PodDiagnosis.ofPod(pod, now) : PodDiagnosis.ofPodWithoutJob(pod, now);
  }

  private RunObservation running(boolean ending) {
    for (Pod pod : pods.values()) {
      if (PodDiagnosis.ofPod(pod, now) instanceof RunObservation.Running running) {
        return new RunObservation.Running(running.startTime(), running.doubt(), ending);
      }
    }
    return new RunObservation.Waiting(Reason.QUEUED, "The last nodes are being ended.");
  }

  /** The pods, the one that failed first before the others, or that is the first to be ended. */
  List<Pod> byInterest() {
    var ordered = new ArrayList<>(pods.values());
    firstFailure()
        .map(failure -> pods.get(failure.getKey()))
        .or(() -> pods.values().stream().filter(PodDiagnosis::isBeingDeleted).findFirst())
        .ifPresent(pod -> {
          ordered.remove(pod);
          ordered.addFirst(pod);
        });
    return ordered;
  }

  private Optional<Map.Entry<Integer, Ended>> firstFailure() {
    var failures = new TreeMap<Integer, Ended>();
    pods.forEach((index, pod) -> {
      if (PodDiagnosis.ofPod(pod, now) instanceof Ended ended && ended.cause() != Cause.SUCCEEDED) {
        failures.put(index, ended);
      }
    });
    // Times have whole seconds; who was ended because of another never comes first.
    return failures.entrySet().stream()
        .min(
            Comparator.<Map.Entry<Integer, Ended>, Standing>comparing(
                    failure -> standing(failure.getKey(), failure.getValue()))
                .thenComparing(failure -> failure.getValue().endTime().orElse("9999")));
  }

  /** How near a failure is to the first one; the nearest comes first. */
  private enum Standing {
    TAKEN_AWAY,
    BY_ITSELF,
    /** The MPI launcher fails when any other node does. */
    LAUNCHER,
    ENDED_BY_ITS_JOB
  }

  private Standing standing(int index, Ended ended) {
    Pod pod = Objects.requireNonNull(pods.get(index));
    if (isTakenAway(pod)) {
      return Standing.TAKEN_AWAY;
    }
    if (PodDiagnosis.isBeingDeleted(pod)) {
      return Standing.ENDED_BY_ITS_JOB;
    }
    return isLauncher(index) && ended.cause() == Cause.SCRIPT_FAILED
        ? Standing.LAUNCHER
        : Standing.BY_ITSELF;
  }

  /** Whether the cluster or somebody takes the pod away, and not its Job. */
  private boolean isTakenAway(Pod pod) {
    return PodDiagnosis.isDisrupted(pod) || PodDiagnosis.wasDeletedBefore(pod, jobFailed());
  }

  /** Whether the node's program starts those of the other nodes, as that of an MPI run does. */
  private boolean isLauncher(int index) {
    return index == 0 && deciding < nodes && parameterServers == 0;
  }

  /** When the Job gave up and began to delete its pods. */
  private Optional<Instant> jobFailed() {
    return job.map(Job::getStatus).stream()
        .flatMap(status -> status.getConditions().stream())
        .filter(condition -> condition.getType().equals("FailureTarget"))
        .map(condition -> Instant.parse(condition.getLastTransitionTime()))
        .findFirst();
  }

  /**
   * Whether a node fails because of another one that still has its time to end: one that is taken
   * away, where both are told to at the same moment and either may be the first, or one that an MPI
   * launcher misses before the kubelet tells of it.
   */
  private boolean awaitsItsCause(int index, Ended failed) {
    return switch (standing(index, failed)) {
      case TAKEN_AWAY, BY_ITSELF -> false;
      case ENDED_BY_ITS_JOB ->
          pods.values().stream()
              .filter(this::isTakenAway)
              .anyMatch(pod -> !(PodDiagnosis.ofPod(pod, now) instanceof Ended));
      case LAUNCHER ->
          wasJustNow(failed)
              && pods.values().stream()
                  .anyMatch(pod -> PodDiagnosis.ofPod(pod, now) instanceof RunObservation.Running);
    };
  }

  private boolean wasJustNow(Ended failed) {
    return failed
        .endTime()
        .filter(end -> Instant.parse(end).plus(LATE_NEWS).isAfter(now))
        .isPresent();
  }

  private RunObservation named(Map.Entry<Integer, Ended> failure) {
    return isDistributed()
        ? withMessage(
            failure.getValue(), name(failure.getKey()) + ": " + failure.getValue().message())
        : failure.getValue();
  }

  private static Ended withMessage(Ended ended, String message) {
    return new Ended(ended.cause(), ended.exitCode(), message, ended.startTime(), ended.endTime());
  }
}
