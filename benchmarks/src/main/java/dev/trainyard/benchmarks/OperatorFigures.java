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
import java.util.stream.Stream;

/** What the operator's pod says of itself. */
final class OperatorFigures {
  private static final String REQUESTS = "trainyard_kubernetes_requests_total";
  private static final String FIRST_RECONCILE = "trainyard_first_reconcile_seconds";

  /** Places in /proc/PID/stat behind the command's name, and the unit there. */
  private static final int USER_TICKS = 11;

  private static final int SYSTEM_TICKS = 12;
  private static final double TICKS_A_SECOND = 100;

  /** The kernel's number for that state of a connection. */
  private static final String ESTABLISHED = "01";

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

  /** Threads of the operator's process. */
  int threads() {
    return execute("cat", "/proc/1/status")
        .lines()
        .filter(line -> line.startsWith("Threads:"))
        .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Seconds of processor time since the process began. */
  double processorSeconds() {
    String stat = execute("cat", "/proc/1/stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return (Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]))
        / TICKS_A_SECOND;
  }

  /** Connections that are up to ports from one to another, the latter included. */
  long connections(int firstPort, int lastPort) {
    return Stream.of("/proc/1/net/tcp", "/proc/1/net/tcp6")
        .flatMap(file -> execute("cat", file).lines())
        .map(line -> line.strip().split("\\s+"))
        .filter(fields -> fields.length > 3 && fields[3].equals(ESTABLISHED))
        .mapToInt(
            fields -> Integer.parseInt(fields[2].substring(fields[2].lastIndexOf(':') + 1), 16))
        .filter(port -> port >= firstPort && port <= lastPort)
        .count();
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
