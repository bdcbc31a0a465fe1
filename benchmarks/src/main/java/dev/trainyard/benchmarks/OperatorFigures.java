package dev.trainyard.benchmarks;

import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** What the operator's pod says of itself. */
final class OperatorFigures {
  private static final String REQUESTS = "trainyard_kubernetes_requests_total";
  private static final String FIRST_RECONCILE = "trainyard_first_reconcile_seconds";
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final KubernetesClient client;

  OperatorFigures(KubernetesClient client) {
    this.client = client;
  }

  /** Requests to the API server since the operator started, those for its lease left out. */
  double requests() {
    return sum(line -> !line.contains("resource=\"leases\""));
  }

  /** Requests that write, in the time from now on. */
  double writesIn(Duration time) throws InterruptedException {
    Predicate<String> writes =
        line ->
            line.matches(".*\"(POST|PUT|PATCH|DELETE)\".*")
                && !line.contains("resource=\"leases\"");
    double before = sum(writes);
    Thread.sleep(time);
    return sum(writes) - before;
  }

  /** Waits until no request was made for a while. */
  void awaitQuiet() throws InterruptedException {
    long end = System.nanoTime() + Bench.PATIENCE.toNanos();
    double before = -1;
    for (double now = requests(); now != before; now = requests()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the operator does not come to rest");
      }
      before = now;
      Thread.sleep(QUIET);
    }
  }

  /** Seconds from the start of the process to the end of its first reconcile. */
  double awaitFirstReconcileSeconds() throws InterruptedException {
    long end = System.nanoTime() + Bench.PATIENCE.toNanos();
    OptionalDouble seconds = OptionalDouble.empty();
    while (seconds.isEmpty()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("the operator does not reconcile");
      }
      Thread.sleep(Duration.ofMillis(500));
      seconds = firstReconcileSeconds();
    }
    return seconds.getAsDouble();
  }

  private OptionalDouble firstReconcileSeconds() {
    try {
      return metrics()
          .lines()
          .filter(line -> line.startsWith(FIRST_RECONCILE))
          .mapToDouble(OperatorFigures::value)
          .filter(value -> value > 0)
          .findFirst();
    } catch (KubernetesClientException e) {
      // The pod was there and does not answer yet.
      return OptionalDouble.empty();
    }
  }

  /** Resident memory of the operator's process in MB. */
  long residentMegabytes() {
    return execute("cat", "/proc/1/status")
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  /** Whether the process uses the AOT cache of its image. */
  boolean hasAotCache() {
    return execute("cat", "/proc/1/maps").contains("operator.aot");
  }

  private String execute(String... words) {
    var out = new ByteArrayOutputStream();
    try (ExecWatch exec =
        client
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withName(pod().getMetadata().getName())
            .writingOutput(out)
            .exec(words)) {
      exec.exitCode().orTimeout(60, TimeUnit.SECONDS).join();
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private double sum(Predicate<String> which) {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(REQUESTS))
        .filter(which)
        .mapToDouble(OperatorFigures::value)
        .sum();
  }

  private static double value(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  private String metrics() {
    return client.raw(
        "/api/v1/namespaces/"
            + Installation.NAMESPACE
            + "/pods/"
            + pod().getMetadata().getName()
            + ":8080/proxy/metrics");
  }

  private Pod pod() {
    return client
        .pods()
        .inNamespace(Installation.NAMESPACE)
        .withLabel("app.kubernetes.io/component", "operator")
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .findFirst()
        .orElseThrow();
  }
}
