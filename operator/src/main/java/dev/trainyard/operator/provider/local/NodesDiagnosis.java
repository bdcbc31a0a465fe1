package dev.trainyard.operator.provider.local;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.provider.RunObservation.Ended;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Reads from the pods of a distributed run what became of it. The node that failed first decides:
 * those after it were ended because of it. Pure.
 */
final class NodesDiagnosis {
  private static final String INDEX = "batch.kubernetes.io/job-completion-index";

  private final NodeGroup nodes;
  private final Map<Integer, Pod> pods = new TreeMap<>();
  private final Instant now;

  NodesDiagnosis(NodeGroup nodes, List<Pod> all, Instant now) {
    this.nodes = nodes;
    this.now = now;
    all.stream()
        .sorted(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()))
        .forEach(pod -> pods.put(index(pod), pod));
  }

  static int index(Pod pod) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    return annotations == null ? 0 : Integer.parseInt(annotations.getOrDefault(INDEX, "0"));
  }

  RunObservation of(Optional<Job> job) {
    Optional<Map.Entry<Integer, Ended>> failed = firstFailure();
    if (failed.isPresent()) {
      return named(failed.get());
    }
    var succeeded = new ArrayList<Ended>();
    for (int index = 0; index < nodes.size(); index++) {
      Pod pod = pods.get(index);
      if (pod == null) {
        return job.map(j -> PodDiagnosis.of(j, Optional.empty(), now))
            .orElseGet(RunObservation.Gone::new);
      }
      RunObservation observed = PodDiagnosis.ofPod(pod, now);
      if (observed instanceof RunObservation.Waiting waiting) {
        return new RunObservation.Waiting(
            waiting.reason(), nodes.name(index) + ": " + waiting.message());
      }
      if (observed instanceof Ended ended && index < nodes.deciding()) {
        succeeded.add(ended);
      }
    }
    return succeeded.size() == nodes.deciding()
        ? withMessage(succeeded.getFirst(), "The script ended with exit code 0 on every node.")
        : running();
  }

  private RunObservation running() {
    for (Pod pod : pods.values()) {
      if (PodDiagnosis.ofPod(pod, now) instanceof RunObservation.Running running) {
        return running;
      }
    }
    return new RunObservation.Waiting(Reason.QUEUED, "The last nodes are being ended.");
  }

  /** The pods, the one that failed first before the others. */
  List<Pod> byInterest() {
    var ordered = new ArrayList<>(pods.values());
    firstFailure()
        .map(failure -> pods.get(failure.getKey()))
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
    return failures.entrySet().stream()
        .min(Comparator.comparing(failure -> failure.getValue().endTime().orElse("9999")));
  }

  private RunObservation named(Map.Entry<Integer, Ended> failure) {
    return withMessage(
        failure.getValue(), nodes.name(failure.getKey()) + ": " + failure.getValue().message());
  }

  private static Ended withMessage(Ended ended, String message) {
    return new Ended(ended.cause(), ended.exitCode(), message, ended.startTime(), ended.endTime());
  }
}
