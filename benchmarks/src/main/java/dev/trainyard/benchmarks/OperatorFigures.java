package dev.trainyard.benchmarks;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** What the operator's pod says of itself. */
final class OperatorFigures {
  private static final String NAMESPACE = "trainyard-system";
  private static final String REQUESTS = "trainyard_kubernetes_requests_total";

  private final KubernetesClient client;

  OperatorFigures(KubernetesClient client) {
    this.client = client;
  }

  /** Requests to the API server since the operator started, those for its lease left out. */
  double requests() {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(REQUESTS) && !line.contains("\"PUT\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Resident memory of the operator's process in MB. */
  long residentMegabytes() throws InterruptedException {
    var out = new ByteArrayOutputStream();
    try (ExecWatch exec =
        client
            .pods()
            .inNamespace(NAMESPACE)
            .withName(pod().getMetadata().getName())
            .writingOutput(out)
            .exec("cat", "/proc/1/status")) {
      exec.exitCode().orTimeout(20, TimeUnit.SECONDS).join();
    }
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  private String metrics() {
    return client.raw(
        "/api/v1/namespaces/"
            + NAMESPACE
            + "/pods/"
            + pod().getMetadata().getName()
            + ":8080/proxy/metrics");
  }

  private Pod pod() {
    return client
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("app.kubernetes.io/component", "operator")
        .list()
        .getItems()
        .stream()
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .findFirst()
        .orElseThrow();
  }
}
