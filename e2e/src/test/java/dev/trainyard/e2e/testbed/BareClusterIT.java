package dev.trainyard.e2e.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A second cluster beside the one of the other tests is started, crashed and ended. */
@DisabledIf(value = "anotherKindIsUsed", disabledReason = "there is no bare cluster here")
@Execution(ExecutionMode.SAME_THREAD)
class BareClusterIT {
  private static final String NAME = TestbedCommand.ownName("l");
  private static final TestbedCommand TESTBED = new TestbedCommand(NAME);

  static boolean anotherKindIsUsed() {
    return System.getenv("TRAINYARD_CONTEXT") != null
        || System.getenv("DOCKER_HOST") != null
        || Files.exists(Path.of("/var/run/docker.sock"));
  }

  @AfterAll
  static void end() throws IOException, InterruptedException {
    TESTBED.run("down");
  }

  @Test
  void aCrashedClusterLeavesNothingBehindAndComesBackWithItsState() throws Exception {
    TESTBED.run("down");
    Set<String> before = nodeNetworking();
    List<String> said = TESTBED.run("up");
    assertThat(said.get(said.size() - 2)).startsWith("KUBECONFIG=/");
    assertThat(said.getLast()).startsWith("KUBECTL=/");
    Path kubeconfig = Path.of(said.get(said.size() - 2).substring("KUBECONFIG=".length()));
    try (KubernetesClient client = client(kubeconfig)) {
      client.resource(sleeper()).serverSideApply();
      awaitRunning(client);
    }
    kill(kubeconfig.resolveSibling("pid"));
    TESTBED.run("down");
    assertThat(leftovers(kubeconfig.resolveSibling("").normalize())).isEmpty();
    Set<String> after = nodeNetworking();
    after.removeAll(before);
    assertThat(after).isEmpty();

    TESTBED.run("up");
    try (KubernetesClient client = client(kubeconfig)) {
      awaitRunning(client);
      client.resource(sleeper()).withGracePeriod(0).delete();
    }
  }

  @Test
  void twoProcessesThatStartItAtOnceBothGetIt() throws Exception {
    TESTBED.run("down");
    Process first = TESTBED.start("up");
    Process second = TESTBED.start("up");
    for (Process process : List.of(first, second)) {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(output.lines().toList().getLast()).startsWith("KUBECTL=/");
    }
  }

  @Test
  void aStartThatIsKilledHalfwayCanBeBegunAgain() throws Exception {
    TESTBED.run("down");
    Process start = TESTBED.start("up");
    try (var lines = start.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains("Starting Kubernetes")) {
          break;
        }
      }
      start.destroyForcibly();
    }
    List<String> said = TESTBED.run("up");
    assertThat(said.getLast()).startsWith("KUBECTL=/");
  }

  private static KubernetesClient client(Path kubeconfig) {
    Config config = Config.fromKubeconfig(kubeconfig.toFile());
    return new KubernetesClientBuilder().withConfig(config).build();
  }

  private static Pod sleeper() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("sleeper")
        .withNamespace("default")
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("sleep")
        .withImage("registry.k8s.io/pause:3.10")
        .endContainer()
        .endSpec()
        .build();
  }

  private static void awaitRunning(KubernetesClient client) {
    client
        .pods()
        .inNamespace("default")
        .withName("sleeper")
        .waitUntilCondition(
            pod ->
                pod != null
                    && pod.getStatus().getContainerStatuses().stream()
                        .anyMatch(status -> Boolean.TRUE.equals(status.getReady())),
            90,
            TimeUnit.SECONDS);
  }

  /**
   * As a machine that runs out of memory does: the node's first process, and with it all others.
   */
  private static void kill(Path pidFile) throws IOException {
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    ProcessHandle node = ProcessHandle.of(pid).orElseThrow();
    node.destroyForcibly();
    await().atMost(Duration.ofSeconds(20)).until(() -> !node.isAlive());
  }

  /** Everything of the cluster that is still on this machine. */
  private static List<String> leftovers(Path state) throws IOException, InterruptedException {
    var found = new ArrayList<String>();
    Files.readString(Path.of("/proc/self/mountinfo"))
        .lines()
        .filter(line -> line.contains(state.toString()))
        .forEach(found::add);
    if (Files.exists(Path.of("/run/netns", NAME))) {
      found.add("the network namespace");
    }
    if (Files.exists(Path.of("/sys/class/net", NAME))) {
      found.add("the network device");
    }
    if (output("nft", "list", "tables").contains(NAME)) {
      found.add("the table of firewall rules");
    }
    try (Stream<Path> controllers = Files.list(Path.of("/sys/fs/cgroup"))) {
      controllers
          .map(folder -> folder.resolve(NAME))
          .filter(Files::exists)
          .forEach(folder -> found.add(folder.toString()));
    }
    ProcessHandle.allProcesses()
        .filter(process -> process.info().commandLine().orElse("").contains(state.toString()))
        .forEach(process -> found.add(process.info().commandLine().orElse("")));
    return found;
  }

  /** What pods' networks and Services make, which belongs into the node and not on this machine. */
  private static Set<String> nodeNetworking() throws IOException, InterruptedException {
    var found = new TreeSet<String>();
    Path namespaces = Path.of("/run/netns");
    if (Files.isDirectory(namespaces)) {
      try (Stream<Path> all = Files.list(namespaces)) {
        all.map(path -> path.getFileName().toString())
            .filter(name -> name.startsWith("cni-"))
            .forEach(found::add);
      }
    }
    for (String command : List.of("iptables-save", "ip6tables-save")) {
      output(command)
          .lines()
          .filter(line -> line.startsWith("-A "))
          .filter(line -> line.contains("KUBE-") || line.contains("CNI-"))
          .forEach(found::add);
    }
    output("nft", "list", "ruleset")
        .lines()
        .filter(line -> line.contains("chain KUBE-") || line.contains("chain CNI-"))
        .forEach(line -> found.add(line.strip()));
    return found;
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return text;
  }
}
