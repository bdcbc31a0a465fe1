package dev.trainyard.benchmarks;

import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Sends runs one after the other to a cluster with Trainyard in it and measures what they wait for.
 * The first run, which brings the base image to registry and node, does not count.
 */
public final class Main {
  private static final int RUNS = 20;
  private static final long PATIENCE_SECONDS = 300;

  private final KubernetesClient client;
  private final String namespace;
  private final List<Long> toJob = new ArrayList<>();
  private final List<Long> toStart = new ArrayList<>();
  private final List<Long> toEnd = new ArrayList<>();

  private Main(KubernetesClient client) {
    this.client = client;
    this.namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("bench-")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  /**
   * Measures and prints.
   *
   * @param arguments file for the figures as JSON
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      var bench = new Main(client);
      try {
        Figures figures = bench.measure();
        System.out.print(figures.table());
        Files.writeString(Path.of(arguments[0]), Serialization.asJson(figures.values()));
      } finally {
        client.namespaces().withName(bench.namespace).delete();
      }
    }
  }

  private Figures measure() throws InterruptedException {
    var operator = new OperatorFigures(client);
    run("warm-up");
    toJob.clear();
    toStart.clear();
    toEnd.clear();
    double before = operator.requests();
    for (int i = 0; i < RUNS; i++) {
      run("run-" + i);
    }
    double requests = (operator.requests() - before) / RUNS;
    var figures = new Figures();
    figures.put(
        "machine",
        Runtime.getRuntime().availableProcessors()
            + " cores, "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.version"));
    figures.put("runs, one after the other", Integer.toString(RUNS));
    figures.percentiles("apply to Job", toJob);
    figures.percentiles("apply to script start", toStart);
    figures.percentiles("apply to end of the run", toEnd);
    figures.put("API requests per run", String.format("%.1f", requests));
    figures.put("operator's resident memory", operator.residentMegabytes() + " MB");
    return figures;
  }

  private void run(String name) {
    String manifests =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %1$s}
        data: {train.py: "print('%1$s')"}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: %1$s}
        spec:
          script: train.py
          source: {configMap: {name: %1$s}}
          runConfiguration:
            environment:
              python: {userManagedDependencies: true}
              docker: {baseImage: "mcr.microsoft.com/azureml/base:0.2.4", shmSize: 16m}
        """
            .formatted(name);
    long begin = System.nanoTime();
    client
        .load(new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
    String uid =
        client
            .resources(TrainingRun.class)
            .inNamespace(namespace)
            .withName(name)
            .get()
            .getMetadata()
            .getUid();
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withLabel("trainyard.dev/run-uid", uid)
        .waitUntilCondition(Objects::nonNull, PATIENCE_SECONDS, TimeUnit.SECONDS);
    toJob.add(since(begin));
    client
        .pods()
        .inNamespace(namespace)
        .withLabel("trainyard.dev/run-uid", uid)
        .waitUntilCondition(Main::hasBegun, PATIENCE_SECONDS, TimeUnit.SECONDS);
    toStart.add(since(begin));
    client
        .resources(TrainingRun.class)
        .inNamespace(namespace)
        .withName(name)
        .waitUntilCondition(Main::isOver, PATIENCE_SECONDS, TimeUnit.SECONDS);
    toEnd.add(since(begin));
  }

  private static long since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin).toMillis();
  }

  private static boolean hasBegun(Pod pod) {
    return pod != null
        && pod.getStatus().getContainerStatuses().stream()
            .filter(status -> status.getName().equals("train"))
            .anyMatch(status ->
                status.getState().getRunning() != null
                    || status.getState().getTerminated() != null);
  }

  private static boolean isOver(TrainingRun run) {
    return run != null
        && run.getStatus() != null
        && run.getStatus().phase() != null
        && run.getStatus().phase().isTerminal();
  }
}
