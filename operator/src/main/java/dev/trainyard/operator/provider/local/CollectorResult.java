package dev.trainyard.operator.provider.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.operator.provider.Outputs;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads from a pod how far its collecting sidecar is. Pure. */
final class CollectorResult {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CollectorResult() {}

  /** The result of the first node; it is there once every node's collector is done. */
  static Outputs of(List<Pod> pods) {
    Optional<Outputs> underWay =
        pods.stream()
            .map(pod -> of(Optional.of(pod)))
            .filter(outputs -> outputs instanceof Outputs.Collecting)
            .findFirst();
    return underWay.orElseGet(
        () -> of(pods.stream().filter(pod -> NodesDiagnosis.index(pod) == 0).findFirst()));
  }

  private static Outputs of(Optional<Pod> pod) {
    if (pod.isEmpty()) {
      return lost("The pod was gone before its outputs were stored.");
    }
    boolean collects =
        pod.get().getSpec().getInitContainers().stream()
            .anyMatch(container -> container.getName().equals(Collector.CONTAINER));
    if (!collects) {
      return new Outputs.None();
    }
    Optional<ContainerStatus> status = collector(pod.get());
    Optional<ContainerStateTerminated> end =
        status.map(s -> s.getState()).map(state -> state == null ? null : state.getTerminated());
    if (end.isPresent()) {
      return ended(end.get());
    }
    boolean running =
        status.map(s -> s.getState() != null && s.getState().getRunning() != null).orElse(false);
    if (running && !isOver(pod.get())) {
      return new Outputs.Collecting("What the script left in outputs and logs is being stored.");
    }
    return lost("The pod ended before its outputs were stored.");
  }

  private static Outputs ended(ContainerStateTerminated end) {
    JsonNode result = result(end);
    if (result.path("ok").asBoolean()) {
      return result.hasNonNull("digest")
          ? new Outputs.Collected(
              result.path("digest").asText(),
              result.path("bytes").asLong(),
              result.path("files").asLong(),
              note(result),
              metrics(result))
          : new Outputs.None();
    }
    return lost(
        result.hasNonNull("message")
            ? "The outputs could not be stored: " + result.path("message").asText() + "."
            : "The outputs could not be stored: the sidecar ended with exit code "
                + end.getExitCode()
                + (end.getReason() == null ? "" : " (" + end.getReason() + ")")
                + ".");
  }

  private static String note(JsonNode result) {
    long count = result.path("skippedCount").asLong();
    return count == 0
        ? ""
        : count + " entries were left out or changed: " + result.path("skipped").asText();
  }

  private static Map<String, String> metrics(JsonNode result) {
    var metrics = new LinkedHashMap<String, String>();
    result
        .path("metrics")
        .properties()
        .forEach(metric -> metrics.put(metric.getKey(), metric.getValue().asText()));
    return metrics;
  }

  private static Optional<ContainerStatus> collector(Pod pod) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getInitContainerStatuses().stream()
            .filter(status -> status.getName().equals(Collector.CONTAINER))
            .findFirst();
  }

  private static boolean isOver(Pod pod) {
    String phase = pod.getStatus().getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  private static JsonNode result(ContainerStateTerminated end) {
    try {
      return JSON.readTree(Objects.requireNonNullElse(end.getMessage(), "{}"));
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  private static Outputs lost(String message) {
    return new Outputs.Lost(Reason.HISTORY_INCOMPLETE, message);
  }
}
