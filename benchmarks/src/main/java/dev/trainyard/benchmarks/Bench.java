package dev.trainyard.benchmarks;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** A namespace of a benchmark's own, in a cluster with Trainyard in it. */
final class Bench implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofMinutes(10);

  /** A target whose pods no node takes, so that what is measured is not the kubelet. */
  static final String NOWHERE = "nowhere";

  /** Requests that the bench itself has under way at once. */
  static final int PARALLEL = 8;

  private final KubernetesClient client = new KubernetesClientBuilder().build();
  private final OperatorFigures operator = new OperatorFigures(client);
  private final String namespace;

  Bench(String name) {
    namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("bench-" + name + "-")
                    .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  KubernetesClient client() {
    return client;
  }

  OperatorFigures operator() {
    return operator;
  }

  String namespace() {
    return namespace;
  }

  void create(String manifests) {
    client
        .load(new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
  }

  /** Makes the target {@link #NOWHERE}, with further lines of its spec. */
  void createNowhere(String... further) {
    create(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: %s}
        spec:
          type: local
          local: {nodeSelector: {trainyard.dev/bench: nowhere}}
          %s
        """
            .formatted(NOWHERE, String.join("\n  ", further)));
  }

  /** Carries one run through to its end. */
  TrainingRun carryThrough(String name) {
    create(ScriptRun.named(name).saying(name));
    return awaitOver(name);
  }

  TrainingRun awaitOver(String name) {
    return run(name).waitUntilCondition(Bench::isOver, PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  Resource<TrainingRun> run(String name) {
    return client.resources(TrainingRun.class).inNamespace(namespace).withName(name);
  }

  /** Does something for each number, several at a time; ends when all are done. */
  static void times(int count, IntConsumer work) throws InterruptedException {
    times(count, PARALLEL, work);
  }

  /** Does something for each number, so many at a time; ends when all are done. */
  static void times(int count, int atOnce, IntConsumer work) throws InterruptedException {
    try (var executor = Executors.newFixedThreadPool(atOnce)) {
      List<Future<Object>> all =
          executor.invokeAll(
              IntStream.range(0, count)
                  .mapToObj(number ->
                      (Callable<Object>)
                          () -> {
                            work.accept(number);
                            return number;
                          })
                  .toList());
      for (Future<Object> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("The bench cannot make its objects", e.getCause());
    }
  }

  static boolean hasBegun(Pod pod) {
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

  static long millisSince(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin).toMillis();
  }

  @Override
  public void close() {
    client.namespaces().withName(namespace).delete();
    client.close();
  }
}
