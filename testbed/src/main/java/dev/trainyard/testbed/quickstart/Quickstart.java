package dev.trainyard.testbed.quickstart;

import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Command;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Trains the article's example with the resources under {@code examples/quickstart} and shows on
 * the screen what happens: each phase and its length, the script's output as it is written, and
 * what came of it.
 */
public final class Quickstart {
  private static final String NAMESPACE = "quickstart";
  private static final String RUN = "diabetes";
  private static final String EXAMPLE = "examples/quickstart";
  private static final long LONGEST_SECONDS = 1_800;
  private static final Set<String> OVER = Set.of("Completed", "Failed", "Canceled");

  private final Path checkout;
  private final Cluster cluster;
  private final Progress progress;
  private final PhaseTimes times = new PhaseTimes();
  private final Map<String, ScriptOutput> outputs = new HashMap<>();
  private String told = "";

  public Quickstart(Path checkout, Cluster cluster, Progress progress) {
    this.checkout = checkout;
    this.cluster = cluster;
    this.progress = progress;
  }

  /**
   * Runs the example. A run of an earlier call is deleted first, since a run is never run again.
   *
   * @throws TestbedException when the run does not complete
   */
  public void run() throws IOException, InterruptedException {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      if (client.namespaces().withName(NAMESPACE).get() == null) {
        kubectl("create", "namespace", NAMESPACE);
      }
      kubectl("-n", NAMESPACE, "delete", "trainingrun", RUN, "--ignore-not-found", "--wait");
      progress.say("kubectl -n " + NAMESPACE + " apply -k " + EXAMPLE);
      kubectl("-n", NAMESPACE, "apply", "-k", EXAMPLE);
      String phase = follow(client);
      progress.say(times.toString());
      summary();
      if (!phase.equals("Completed")) {
        System.out.println(kubectl("-n", NAMESPACE, "describe", "trainingrun", RUN));
        throw new TestbedException("The run ended as " + phase + "; what it says is above.");
      }
      next();
    }
  }

  /** Shows each new state of the run; nothing that waits is done in the informer's own thread. */
  private String follow(KubernetesClient client) throws InterruptedException {
    var states = new LinkedBlockingQueue<GenericKubernetesResource>();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
    try (var informer =
        client
            .genericKubernetesResources("trainyard.dev/v1alpha1", "TrainingRun")
            .inNamespace(NAMESPACE)
            .withName(RUN)
            .inform(handler(states))) {
      while (informer.isRunning()) {
        GenericKubernetesResource state =
            states.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (state == null) {
          throw new TestbedException(
              "The run was not over after " + LONGEST_SECONDS + " s; it last said: " + told);
        }
        if (show(client, state)) {
          return String.valueOf((Object) state.get("status", "phase"));
        }
      }
      throw new TestbedException("The watch of the run ended; it last said: " + told);
    }
  }

  private static ResourceEventHandler<GenericKubernetesResource> handler(
      Queue<GenericKubernetesResource> states) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(GenericKubernetesResource run) {
        states.add(run);
      }

      @Override
      public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource run) {
        states.add(run);
      }

      @Override
      public void onDelete(GenericKubernetesResource run, boolean unknown) {
        // A run that somebody deletes says nothing more; the deadline ends the wait.
      }
    };
  }

  /** Shows what is new; says whether the run is over. */
  private boolean show(KubernetesClient client, GenericKubernetesResource run)
      throws InterruptedException {
    if (run == null || run.get("status", "phase") == null) {
      return false;
    }
    String phase = run.get("status", "phase");
    String text = phase + ": " + message(run);
    if (!text.equals(told)) {
      told = text;
      if (OVER.contains(phase)) {
        endOutputs();
      }
      times.enter(phase);
      progress.say(text);
    }
    attempt(run)
        .ifPresent(job ->
            outputs.computeIfAbsent(
                job, name -> new ScriptOutput(client, NAMESPACE, name, System.out::println)));
    return OVER.contains(phase);
  }

  private void endOutputs() throws InterruptedException {
    for (ScriptOutput output : outputs.values()) {
      output.end();
    }
  }

  private static Optional<String> attempt(GenericKubernetesResource run) {
    Object attempts = run.get("status", "attempts");
    return attempts instanceof List<?> list
            && !list.isEmpty()
            && list.getLast() instanceof Map<?, ?> last
        ? Optional.ofNullable(last.get("backendId")).map(String::valueOf)
        : Optional.empty();
  }

  private static String message(GenericKubernetesResource run) {
    Object conditions = run.get("status", "conditions");
    for (Object condition : conditions instanceof List<?> list ? list : List.of()) {
      if (condition instanceof Map<?, ?> map && "Ready".equals(map.get("type"))) {
        return String.valueOf(map.get("message"));
      }
    }
    return "";
  }

  private void summary() throws IOException, InterruptedException {
    System.out.println();
    System.out.println(kubectl("-n", NAMESPACE, "get", "ct,runcfg,tr"));
    String metrics = kubectl("-n", NAMESPACE, "get", "tr", RUN, "-o", "jsonpath={.status.metrics}");
    System.out.println("Metrics: " + metrics);
  }

  private void next() {
    String kubectl = String.join(" ", cluster.kubectl()) + " -n " + NAMESPACE;
    System.out.println();
    System.out.println("What to type next:");
    System.out.println("  " + kubectl + " describe trainingrun " + RUN);
    System.out.println("  " + kubectl + " explain trainingrun.spec");
    System.out.println("  make quickstart     after a change of " + EXAMPLE + "/train.py");
    System.out.println("  make cluster-down   ends the cluster and leaves nothing behind");
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
