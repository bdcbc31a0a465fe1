package dev.trainyard.operator.environment;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.operator.settings.EnvironmentSettings;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.util.Objects;
import java.util.Optional;

/** Says why a build did not work, what to do, and whether it is worth another try as it is. */
final class BuildFailures {
  private static final int HEAP_FULL = 3;

  /** How the kubelet's words begin when it is the node that runs out, not the pod. */
  private static final String LOW_ON_MEMORY = "low on resource: memory";

  private final BuildLog log;
  private final EnvironmentSettings settings;
  private final BuildAdvice advice;

  BuildFailures(BuildLog log, EnvironmentSettings settings) {
    this.log = log;
    this.settings = settings;
    this.advice = new BuildAdvice(settings);
  }

  BuildObservation.Failed of(JobCondition condition, Optional<Pod> pod) {
    if ("DeadlineExceeded".equals(condition.getReason())) {
      return failed(
          Reason.BUILD_DEADLINE_EXCEEDED,
          "The build took longer than a build may, which is "
              + settings.deadline()
              + ": raise environments.deadline in the chart's values.",
          false,
          "");
    }
    if (pod.isEmpty()) {
      return lost("The build's pod was deleted before it was over.");
    }
    return evicted(pod.get())
        .or(() -> step(pod.get()))
        .orElseGet(() -> lost("The build's pod ended before its steps did."));
  }

  /** The kubelet says in the pod's status why it ended it. */
  private Optional<BuildObservation.Failed> evicted(Pod pod) {
    if (!"Evicted".equals(pod.getStatus().getReason())) {
      return Optional.empty();
    }
    String kubelet = Objects.requireNonNullElse(pod.getStatus().getMessage(), "").strip();
    if (kubelet.contains(LOW_ON_MEMORY)) {
      return Optional.of(
          failed(
              Reason.BUILD_OUT_OF_MEMORY,
              "The node had no more memory and ended the build: "
                  + kubelet
                  + " A build asks for "
                  + settings.memoryRequest()
                  + ": raise environments.memoryRequest in the chart's values, so that it gets a"
                  + " node with room.",
              true,
              ""));
    }
    return Optional.of(
        failed(
            Reason.DISK_FULL,
            "The node ended the build: "
                + kubelet
                + " A build may use "
                + settings.storage()
                + " of disk: raise environments.storage in the chart's values, or free disk on the"
                + " node.",
            false,
            ""));
  }

  private Optional<BuildObservation.Failed> step(Pod pod) {
    for (BuildStep step : BuildStep.values()) {
      Optional<ContainerStateTerminated> end =
          BuildObserver.status(pod, step)
              .flatMap(BuildObserver::terminated)
              .filter(terminated -> terminated.getExitCode() != 0);
      if (end.isPresent()) {
        return Optional.of(step(pod, step, end.get()));
      }
    }
    return Optional.empty();
  }

  private BuildObservation.Failed step(Pod pod, BuildStep step, ContainerStateTerminated end) {
    if (isOutOfMemory(step, end)) {
      return failed(
          Reason.BUILD_OUT_OF_MEMORY,
          "The step "
              + step.container()
              + " used more memory than a build may, which is "
              + settings.memoryLimit()
              + ": raise environments.memoryLimit in the chart's values.",
          false,
          log.tail(pod, step));
    }
    JsonNode result = StepResults.read(end);
    if (result.hasNonNull("reason")) {
      return advice.on(
          failed(
              reason(result.get("reason").asText()),
              result.path("message").asText(),
              result.path("passing").asBoolean(),
              log.tail(pod, step)));
    }
    String said = Objects.requireNonNullElse(end.getMessage(), "").strip();
    if (step == BuildStep.DOCKERFILE) {
      return failed(
          Reason.DOCKERFILE_FAILED,
          "The Dockerfile could not be built. BuildKit's last lines:\n" + said,
          !DockerfileLog.isToBlame(said),
          log.tail(pod, step));
    }
    String message =
        "The step "
            + step.container()
            + " ended with exit code "
            + end.getExitCode()
            + (said.isEmpty() ? "." : ". Its last words:\n" + said);
    return step == BuildStep.PROBE
        ? failed(
            Reason.BASE_IMAGE_UNUSABLE,
            "The base image cannot run /bin/sh as user 1000: choose one that can. " + message,
            false,
            said)
        : failed(Reason.BUILD_FAILED, message, true, log.tail(pod, step));
  }

  /**
   * The kernel ended the step; or it is the one on a Java virtual machine, which leaves with this
   * code and without a result when its heap, a part of the limit, is full.
   */
  private static boolean isOutOfMemory(BuildStep step, ContainerStateTerminated end) {
    return "OOMKilled".equals(end.getReason())
        || step == BuildStep.PACK
            && end.getExitCode() == HEAP_FULL
            && !StepResults.read(end).hasNonNull("reason");
  }

  private static BuildObservation.Failed lost(String message) {
    return failed(Reason.BUILD_LOST, message, true, "");
  }

  private static BuildObservation.Failed failed(
      Reason reason, String message, boolean passing, String log) {
    return new BuildObservation.Failed(reason, message.strip(), passing, log);
  }

  private static Reason reason(String text) {
    for (Reason reason : Reason.values()) {
      if (reason.toString().equals(text)) {
        return reason;
      }
    }
    return Reason.BUILD_FAILED;
  }
}
