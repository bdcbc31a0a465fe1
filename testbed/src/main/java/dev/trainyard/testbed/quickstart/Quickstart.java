package dev.trainyard.testbed.quickstart;

import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Command;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import dev.trainyard.testbed.machine.Machine;
import dev.trainyard.testbed.machine.Machines;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains the article's example with the resources under {@code examples/quickstart} and shows on
 * the screen what happens: each phase and its length, the script's output as it is written, and
 * what came of it. Then the same run moves to a machine that is attached over SSH.
 */
public final class Quickstart {
  private static final String NAMESPACE = "quickstart";
  private static final String RUN = "diabetes";
  private static final String MOVED = "diabetes-on-machine";
  private static final String EXAMPLE = "examples/quickstart";

  private final Path checkout;
  private final Cluster cluster;
  private final Progress progress;

  public Quickstart(Path checkout, Cluster cluster, Progress progress) {
    this.checkout = checkout;
    this.cluster = cluster;
    this.progress = progress;
  }

  /**
   * Runs the example. Runs of an earlier call are deleted first, since a run is never run again.
   *
   * @throws TestbedException when a run does not complete
   */
  public void run() throws IOException, InterruptedException {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      if (client.namespaces().withName(NAMESPACE).get() == null) {
        kubectl("create", "namespace", NAMESPACE);
      }
      delete(RUN, MOVED);
      command("apply", "-k", EXAMPLE);
      follow(client, RUN, true);
      boolean moves = cluster.reachesMachines();
      if (moves) {
        move(client);
      } else {
        progress.say(
            "The move to a machine is left out: the testbed has machines only beside the cluster"
                + " that it starts itself. examples/dsvm-attach attaches one of yours.");
      }
      summary(client, moves);
      next();
    }
  }

  private void move(KubernetesClient client) throws IOException, InterruptedException {
    System.out.println();
    Machine machine;
    try (var phase = progress.phase("Starting an Ubuntu machine with sshd and Docker")) {
      machine = Machines.of(checkout, progress).start("quickstart");
    }
    new AttachedMachine(client, NAMESPACE, machine).attach();
    progress.say("The same run on the machine; what is another in its manifest:");
    System.out.println(
        Difference.of(
            checkout.resolve(EXAMPLE + "/trainingrun.yaml"),
            checkout.resolve(EXAMPLE + "/trainingrun-on-machine.yaml")));
    command("apply", "-f", EXAMPLE + "/trainingrun-on-machine.yaml");
    follow(client, MOVED, false);
  }

  private void follow(KubernetesClient client, String run, boolean hasPods)
      throws IOException, InterruptedException {
    String phase = new RunOnScreen(client, NAMESPACE, run, hasPods, progress).follow();
    if (!phase.equals("Completed")) {
      System.out.println(kubectl("-n", NAMESPACE, "describe", "trainingrun", run));
      throw new TestbedException("The run ended as " + phase + "; what it says is above.");
    }
  }

  private void summary(KubernetesClient client, boolean moved)
      throws IOException, InterruptedException {
    System.out.println();
    System.out.println(kubectl("-n", NAMESPACE, "get", "ct,runcfg,tr"));
    var runs = new ArrayList<>(List.of(RUN));
    if (moved) {
      runs.add(MOVED);
    }
    System.out.println(SideBySide.of(client, NAMESPACE, runs));
  }

  private void next() {
    String kubectl = String.join(" ", cluster.kubectl()) + " -n " + NAMESPACE;
    System.out.println("What to type next:");
    System.out.println("  " + kubectl + " describe trainingrun " + RUN);
    System.out.println("  " + kubectl + " explain trainingrun.spec");
    System.out.println("  make quickstart     after a change of " + EXAMPLE + "/train.py");
    System.out.println("  make cluster-down   ends the cluster and leaves nothing behind");
  }

  private void delete(String... runs) throws IOException, InterruptedException {
    var words =
        new ArrayList<>(
            List.of("-n", NAMESPACE, "delete", "trainingrun", "--ignore-not-found", "--wait"));
    words.addAll(List.of(runs));
    kubectl(words.toArray(String[]::new));
  }

  /** Shows a command as a person types it, and does it. */
  private void command(String... words) throws IOException, InterruptedException {
    progress.say("kubectl -n " + NAMESPACE + " " + String.join(" ", words));
    var all = new ArrayList<>(List.of("-n", NAMESPACE));
    all.addAll(List.of(words));
    kubectl(all.toArray(String[]::new));
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
