package dev.trainyard.operator.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.operator.workload.PodRefusal;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The last lines of a build's containers, and what the Job controller says. A log that cannot be
 * read now says nothing.
 */
final class BuildLog {
  private static final int LIMIT_BYTES = 16_384;
  private static final int LAST_LINES = 20;
  private static final int LONGEST_LINE = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;

  BuildLog(KubernetesClient client) {
    this.client = client;
  }

  /** What a running step said last that it is doing. */
  Optional<String> progress(Pod pod, BuildStep step) {
    if (step == BuildStep.DOCKERFILE) {
      return DockerfileLog.activity(lines(pod, step, LAST_LINES));
    }
    List<String> lines = lines(pod, step, 3);
    for (String line : lines.reversed()) {
      try {
        JsonNode said = JSON.readTree(line);
        if (said != null && said.has("progress")) {
          return Optional.of(said.get("progress").asText());
        }
      } catch (IOException e) {
        // A line of another program's output; the one before it may be ours.
      }
    }
    return Optional.empty();
  }

  /** The end of a step's output, without the lines that only tell progress. */
  String tail(Pod pod, BuildStep step) {
    return String.join(
        "\n",
        lines(pod, step, LAST_LINES).stream()
            .map(line -> line.startsWith("{\"progress\": \"pip: ") ? pipLine(line) : line)
            .filter(line -> !line.startsWith("{"))
            .map(line -> line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) : line)
            .toList());
  }

  private static String pipLine(String line) {
    try {
      return JSON.readTree(line).path("progress").asText().replaceFirst("^pip: ", "");
    } catch (IOException e) {
      return line;
    }
  }

  /** Why the build's pod cannot be made. */
  Optional<String> refusal(Job job) {
    return PodRefusal.of(client, job);
  }

  private List<String> lines(Pod pod, BuildStep step, int count) {
    try {
      // The client's own call waits until the pod is ready, which one with init containers is not.
      String text =
          client.raw(
              "/api/v1/namespaces/%s/pods/%s/log?container=%s&tailLines=%d&limitBytes=%d"
                  .formatted(
                      pod.getMetadata().getNamespace(),
                      pod.getMetadata().getName(),
                      step.container(),
                      count,
                      LIMIT_BYTES));
      return text == null ? List.of() : text.lines().toList();
    } catch (KubernetesClientException e) {
      return List.of();
    }
  }
}
