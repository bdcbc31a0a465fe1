package dev.trainyard.operator.provider.local;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a Job and its pod what became of an attempt. Pure. The reasons are those that the
 * kubelet, the scheduler and the Job controller of Kubernetes 1.34 write.
 */
final class PodDiagnosis {
  private static final Set<String> NODE_TROUBLE =
      Set.of("NodeLost", "NodeShutdown", "Shutdown", "Terminated", "NodeAffinity");
  private static final int LOST_CONTAINER_EXIT_CODE = 255;
  private static final int COMMAND_NOT_FOUND = 127;

  /**
   * How long the kubelet may take to end a pod that is taken away before its node counts as dead.
   */
  private static final Duration DEAD_NODE = Duration.ofMinutes(2);

  private PodDiagnosis() {}

  /**
   * An attempt whose Job has no pod.
   *
   * @param refusal why the Job controller cannot make one, where it said so
   */
  static RunObservation withoutPod(Job job, Optional<String> refusal) {
    if (job.getStatus() != null && job.getStatus().getConditions() != null) {
      for (JobCondition condition : job.getStatus().getConditions()) {
        if (condition.getType().equals("Failed") && condition.getStatus().equals("True")) {
          return new RunObservation.Ended(
              Cause.LOST,
              Optional.empty(),
              "The pod is gone and left no exit code: " + sentence(condition.getMessage()),
              Optional.empty(),
              Optional.empty());
        }
      }
    }
    return refusal
        .map(message -> {
          Obstacle obstacle = JobRefusal.classify(message);
          return new RunObservation.Waiting(obstacle.reason(), obstacle.message());
        })
        .orElseGet(() ->
            new RunObservation.Waiting(
                Reason.QUEUED,
                "The Job " + job.getMetadata().getName() + " is about to make its pod."));
  }

  /** A pod whose Job is gone ends with it, unless somebody took only the Job away. */
  static RunObservation ofPodWithoutJob(Pod pod, Instant now) {
    RunObservation observed = ofPod(pod, now);
    return isBeingDeleted(pod) && !(observed instanceof RunObservation.Ended)
        ? new RunObservation.Waiting(Reason.QUEUED, "The pod is being ended.")
        : observed;
  }

  /** Whether the scheduler looked at it, or anything came of it. */
  static boolean isScheduling(Pod pod) {
    return isBeingDeleted(pod)
        || (pod.getStatus() != null
            && (!pod.getStatus().getConditions().isEmpty()
                || !"Pending".equals(pod.getStatus().getPhase())));
  }

  static RunObservation ofPod(Pod pod, Instant now) {
    Optional<ContainerState> state = trainingContainer(pod).map(ContainerStatus::getState);
    Optional<ContainerStateTerminated> terminated = state.map(ContainerState::getTerminated);
    String phase = pod.getStatus() == null ? "" : or(pod.getStatus().getPhase(), "");
    if (phase.equals("Succeeded") || phase.equals("Failed") || terminated.isPresent()) {
      return ended(pod, phase, terminated);
    }
    if (isStrandedOnDeadNode(pod, now)) {
      return new RunObservation.Ended(
          Cause.LOST,
          Optional.empty(),
          "The node "
              + pod.getSpec().getNodeName()
              + " does not answer, and the cluster gave the pod up.",
          state.map(ContainerState::getRunning).map(running -> running.getStartedAt()),
          Optional.empty());
    }
    if (state.isPresent() && state.get().getRunning() != null) {
      return new RunObservation.Running(
          state.get().getRunning().getStartedAt(), Optional.empty(), isBeingDeleted(pod));
    }
    return PodWaiting.of(pod, state.map(ContainerState::getWaiting));
  }

  private static RunObservation ended(
      Pod pod, String phase, Optional<ContainerStateTerminated> terminated) {
    Cause cause = cause(pod, phase, terminated);
    Optional<Integer> exitCode =
        terminated
            .map(ContainerStateTerminated::getExitCode)
            .filter(code -> cause != Cause.LOST && cause != Cause.EVICTED);
    return new RunObservation.Ended(
        cause,
        exitCode,
        message(pod, cause, exitCode, terminated),
        terminated.map(ContainerStateTerminated::getStartedAt).filter(PodDiagnosis::isATime),
        terminated.map(ContainerStateTerminated::getFinishedAt).filter(PodDiagnosis::isATime));
  }

  private static Cause cause(Pod pod, String phase, Optional<ContainerStateTerminated> terminated) {
    String podReason = or(pod.getStatus().getReason(), "");
    String containerReason = terminated.map(t -> or(t.getReason(), "")).orElse("");
    int exitCode = terminated.map(t -> or(t.getExitCode(), -1)).orElse(-1);
    if (podReason.equals("DeadlineExceeded")) {
      return Cause.DEADLINE;
    }
    if (podReason.equals("Evicted") || isDisrupted(pod)) {
      return Cause.EVICTED;
    }
    if (containerReason.equals("OOMKilled")) {
      return Cause.OUT_OF_MEMORY;
    }
    if (phase.equals("Succeeded") || (exitCode == 0 && terminated.isPresent())) {
      return Cause.SUCCEEDED;
    }
    if (isBeingDeleted(pod)) {
      return Cause.EVICTED;
    }
    boolean lost =
        terminated.isEmpty()
            || NODE_TROUBLE.contains(podReason)
            || containerReason.equals("ContainerStatusUnknown")
            || (exitCode == LOST_CONTAINER_EXIT_CODE && containerReason.equals("Unknown"));
    return lost ? Cause.LOST : Cause.SCRIPT_FAILED;
  }

  /** Taken away a while ago, and still said to run: the kubelet that would end it is silent. */
  private static boolean isStrandedOnDeadNode(Pod pod, Instant now) {
    return pod.getStatus() != null
        && pod.getMetadata().getDeletionTimestamp() != null
        && pod.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("DisruptionTarget") && c.getStatus().equals("True"))
            .filter(c -> "DeletionByTaintManager".equals(c.getReason()))
            .anyMatch(c -> Instant.parse(c.getLastTransitionTime()).plus(DEAD_NODE).isBefore(now));
  }

  static boolean isBeingDeleted(Pod pod) {
    return pod.getMetadata().getDeletionTimestamp() != null;
  }

  /**
   * Whether somebody else than its Job deleted the pod: a Job deletes the rest of its pods once it
   * has failed.
   *
   * @param failed when the Job failed; empty if it did not
   */
  static boolean wasDeletedBefore(Pod pod, Optional<Instant> failed) {
    if (!isBeingDeleted(pod) || failed.isEmpty()) {
      return false;
    }
    long grace = or(pod.getMetadata().getDeletionGracePeriodSeconds(), 0L);
    return Instant.parse(pod.getMetadata().getDeletionTimestamp())
        .minusSeconds(grace)
        .isBefore(failed.get());
  }

  /** Whether the cluster itself takes the pod away, as by an eviction. */
  static boolean isDisrupted(Pod pod) {
    return disruption(pod).isPresent();
  }

  private static Optional<PodCondition> disruption(Pod pod) {
    return pod.getStatus().getConditions().stream()
        .filter(c -> c.getType().equals("DisruptionTarget") && c.getStatus().equals("True"))
        .findFirst();
  }

  /** The runtime writes the epoch for a container that never started. */
  private static boolean isATime(String time) {
    return !time.startsWith("1970-");
  }

  private static String message(
      Pod pod,
      Cause cause,
      Optional<Integer> exitCode,
      Optional<ContainerStateTerminated> terminated) {
    return switch (cause) {
      case SUCCEEDED -> "The script ended with exit code 0.";
      case OUT_OF_MEMORY ->
          "The script used more memory than it may; raise spec.resources.memory of the run or"
              + " spec.local.resources.memory of the target.";
      case DEADLINE ->
          "The run was ended because maxRunDurationSeconds of its configuration was over.";
      case EVICTED -> "The cluster took the pod away: " + sentence(eviction(pod));
      case DISK_FULL, LOST ->
          "The pod ended without an exit code of the script; its node or container runtime was"
              + " lost or restarted.";
      case SCRIPT_FAILED ->
          "The script ended with exit code "
              + exitCode.map(String::valueOf).orElse("unknown")
              + terminated
                  .filter(t -> "StartError".equals(t.getReason()))
                  .map(t -> ": it could not be started: " + sentence(t.getMessage()))
                  .orElse(
                      exitCode.orElse(0) == COMMAND_NOT_FOUND
                          ? ": its interpreter"
                              + interpreter(pod)
                              + " was not found in the image. Check"
                              + " environment.python.interpreterPath and the base image."
                          : "; its last lines are in status.lastLog.");
    };
  }

  /** The program that the supervisor was to start, with a space before it. */
  private static String interpreter(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .filter(container -> container.getName().equals(TrainingJob.CONTAINER))
        .map(container -> container.getCommand())
        .filter(command -> command.size() > TrainingJob.INTERPRETER)
        .map(command -> " " + command.get(TrainingJob.INTERPRETER).replace("$$", "$"))
        .findFirst()
        .orElse("");
  }

  private static String eviction(Pod pod) {
    String message = pod.getStatus().getMessage();
    if (message != null && !message.isBlank()) {
      return message;
    }
    return disruption(pod)
        .map(PodCondition::getMessage)
        .orElse("it was deleted while the script ran");
  }

  /** What others wrote, with a full stop at its end. */
  static String sentence(@Nullable String message) {
    String text = message == null || message.isBlank() ? "no message" : message.strip();
    return text.endsWith(".") ? text : text + ".";
  }

  /** The sentence with which an API server refuses. */
  static String sentence(KubernetesClientException e) {
    return sentence(e.getStatus() == null ? e.getMessage() : e.getStatus().getMessage());
  }

  /** Whether there is, or was, a script whose output can be read. */
  static boolean hasStarted(Pod pod) {
    return trainingContainer(pod)
        .map(ContainerStatus::getState)
        .filter(state -> state.getRunning() != null || state.getTerminated() != null)
        .isPresent();
  }

  /** Whether the script has ended, whatever else goes on in the pod. */
  static boolean hasEnded(Pod pod) {
    return trainingContainer(pod)
        .map(ContainerStatus::getState)
        .filter(state -> state.getTerminated() != null)
        .isPresent();
  }

  private static Optional<ContainerStatus> trainingContainer(Pod pod) {
    if (pod.getStatus() == null) {
      return Optional.empty();
    }
    return pod.getStatus().getContainerStatuses().stream()
        .filter(status -> status.getName().equals(TrainingJob.CONTAINER))
        .findFirst();
  }

  static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
