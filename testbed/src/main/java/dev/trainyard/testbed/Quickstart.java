package dev.trainyard.testbed;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Trains the article's example with the resources under {@code examples/quickstart} and shows on
 * the screen what happens.
 */
final class Quickstart {
  private static final String NAMESPACE = "quickstart";
  private static final String RUN = "diabetes";
  private static final Set<String> OVER = Set.of("Completed", "Failed", "Canceled");

  private final Path checkout;
  private final Cluster cluster;
  private final Progress progress;

  Quickstart(Path checkout, Cluster cluster, Progress progress) {
    this.checkout = checkout;
    this.cluster = cluster;
    this.progress = progress;
  }

  void run() throws IOException, InterruptedException {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      if (client.namespaces().withName(NAMESPACE).get() == null) {
        kubectl("create", "namespace", NAMESPACE);
      }
      kubectl("-n", NAMESPACE, "delete", "trainingrun", RUN, "--ignore-not-found", "--wait");
      progress.say("kubectl -n quickstart apply -k examples/quickstart");
      kubectl("-n", NAMESPACE, "apply", "-k", "examples/quickstart");
      String phase = follow(client);
      summary();
      if (!phase.equals("Completed")) {
        throw new TestbedException("The run ended as " + phase + "; its conditions are above.");
      }
    }
  }

  private String follow(KubernetesClient client) {
    var shown = new AtomicReference<>("");
    var log = new AtomicReference<AutoCloseable>(() -> {});
    try {
      GenericKubernetesResource ended =
          client
              .genericKubernetesResources("trainyard.dev/v1alpha1", "TrainingRun")
              .inNamespace(NAMESPACE)
              .withName(RUN)
              .waitUntilCondition(run -> show(client, run, shown, log), 300, TimeUnit.SECONDS);
      return String.valueOf((Object) ended.get("status", "phase"));
    } catch (KubernetesClientException e) {
      throw new TestbedException("The run was not over after 300 s: " + e.getMessage());
    }
  }

  private boolean show(
      KubernetesClient client,
      GenericKubernetesResource run,
      AtomicReference<String> shown,
      AtomicReference<AutoCloseable> log) {
    if (run == null || run.get("status", "phase") == null) {
      return false;
    }
    String phase = run.get("status", "phase");
    String text = phase + ": " + message(run);
    if (!text.equals(shown.getAndSet(text))) {
      progress.say(text);
      if (phase.equals("Running")) {
        log.set(log(client, run));
      }
    }
    return OVER.contains(phase);
  }

  private static String message(GenericKubernetesResource run) {
    List<GenericKubernetesResource> none = List.of();
    Object conditions = run.get("status", "conditions");
    for (Object condition : conditions instanceof List<?> list ? list : none) {
      if (condition instanceof Map<?, ?> map && "Ready".equals(map.get("type"))) {
        return String.valueOf(map.get("message"));
      }
    }
    return "";
  }

  private static LogWatch log(KubernetesClient client, GenericKubernetesResource run) {
    return client
        .batch()
        .v1()
        .jobs()
        .inNamespace(NAMESPACE)
        .withName(String.valueOf((Object) run.get("status", "attempts", 0, "backendId")))
        .watchLog(new PrintStream(System.out, true, StandardCharsets.UTF_8));
  }

  private void summary() throws IOException, InterruptedException {
    System.out.println();
    System.out.print(kubectl("-n", NAMESPACE, "get", "ct,runcfg,tr"));
    System.out.println();
    System.out.println("Metrics (status.metrics):");
    System.out.println(
        kubectl("-n", NAMESPACE, "get", "tr", RUN, "-o", "jsonpath={.status.metrics}"));
    String kubectl = String.join(" ", cluster.kubectl());
    System.out.println();
    System.out.println("Next:");
    System.out.println("  " + kubectl + " -n quickstart describe tr diabetes");
    System.out.println("  edit examples/quickstart/train.py and type `make quickstart` again");
    System.out.println("  make cluster-down");
  }

  private String kubectl(String... words) throws IOException, InterruptedException {
    var command = new ArrayList<>(cluster.kubectl());
    command.addAll(List.of(words));
    return Command.of(command)
        .in(checkout)
        .with("KUBECONFIG", cluster.kubeconfig().toString())
        .within(120)
        .run();
  }
}
