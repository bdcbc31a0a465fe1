package dev.trainyard.testbed.quickstart;

import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Passes on what the script of one attempt prints, from its first line to its last, as it is
 * written.
 */
final class ScriptOutput {
  private static final String CONTAINER = "train";
  private static final long START_SECONDS = 600;
  private static final long END_MILLIS = 10_000;

  private final KubernetesClient client;
  private final String namespace;
  private final String job;
  private final Consumer<String> lines;
  private final Thread reader;

  /** Begins to wait for the attempt's pod. */
  ScriptOutput(KubernetesClient client, String namespace, String job, Consumer<String> lines) {
    this.client = client;
    this.namespace = namespace;
    this.job = job;
    this.lines = lines;
    this.reader = Thread.ofVirtual().name("output-" + job).start(this::follow);
  }

  /** Waits until the last line was passed on. */
  void end() throws InterruptedException {
    reader.join(END_MILLIS);
    reader.interrupt();
  }

  private void follow() {
    try {
      Pod pod =
          client
              .pods()
              .inNamespace(namespace)
              .withLabels(Map.of("batch.kubernetes.io/job-name", job))
              .waitUntilCondition(ScriptOutput::hasBegun, START_SECONDS, TimeUnit.SECONDS);
      try (LogWatch log =
              client
                  .pods()
                  .inNamespace(namespace)
                  .withName(pod.getMetadata().getName())
                  .inContainer(CONTAINER)
                  .watchLog();
          var text =
              new BufferedReader(new InputStreamReader(log.getOutput(), StandardCharsets.UTF_8))) {
        text.lines().forEach(lines);
      }
    } catch (KubernetesClientException | IOException e) {
      lines.accept("(the output cannot be shown: " + e.getMessage() + ")");
    }
  }

  private static boolean hasBegun(Pod pod) {
    return Optional.ofNullable(pod)
        .map(Pod::getStatus)
        .flatMap(status ->
            status.getContainerStatuses().stream()
                .filter(container -> container.getName().equals(CONTAINER))
                .map(ContainerStatus::getState)
                .findFirst())
        .filter(state -> state.getRunning() != null || state.getTerminated() != null)
        .isPresent();
  }
}
