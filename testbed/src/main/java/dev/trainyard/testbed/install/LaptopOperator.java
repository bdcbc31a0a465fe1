package dev.trainyard.testbed.install;

import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The operator as a process of this machine, for people who work on it: with the settings of the
 * deployed one, which rests meanwhile, and the embedded registry through a port-forward.
 */
public final class LaptopOperator {
  private static final String REGISTRY = Installation.RELEASE + "-registry";
  private static final int REGISTRY_PORT = 5000;
  private static final int USUAL_HTTP_PORT = 8080;
  private static final long STOP_SECONDS = 30;

  /** Exit codes after SIGINT and SIGTERM. */
  private static final Set<Integer> ASKED_TO_END = Set.of(130, 143);

  private final Cluster cluster;
  private final Progress progress;
  private final String classpath;

  /**
   * @param classpath of the operator
   */
  public LaptopOperator(Cluster cluster, String classpath, Progress progress) {
    this.cluster = cluster;
    this.classpath = classpath;
    this.progress = progress;
  }

  /**
   * Runs it until it ends or this process is asked to.
   *
   * @throws TestbedException when Trainyard is not installed
   */
  public void run() throws IOException, InterruptedException {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      var deployed = new DeployedOperator(client);
      Map<String, String> settings = deployed.settings();
      settings.put("KUBECONFIG", cluster.kubeconfig().toString());
      int port = httpPort();
      settings.put("TRAINYARD_HTTP_PORT", Integer.toString(port));
      try (var credentials = new Credentials(client, settings);
          LocalPortForward forward = forward(client, settings);
          var stand = new Stand(deployed)) {
        progress.say("Its metrics are at http://localhost:" + port + "/metrics.");
        stand.run(settings);
      }
    }
  }

  /**
   * Opens a way to the embedded registry. It keeps the name that pods of the cluster know it by,
   * since Jobs get that name, and this process alone goes another way to it.
   */
  private @Nullable LocalPortForward forward(
      KubernetesClient client, Map<String, String> settings) {
    var service = client.services().inNamespace(Installation.NAMESPACE).withName(REGISTRY);
    String push = settings.getOrDefault("TRAINYARD_REGISTRY_PUSH", "");
    if (service.get() == null || !push.startsWith(REGISTRY + ".")) {
      progress.say("The registry is " + push + " (registry.push), which this machine must reach.");
      return null;
    }
    LocalPortForward forward = service.portForward(REGISTRY_PORT);
    String way = push + "=http://localhost:" + forward.getLocalPort();
    settings.merge(
        "TRAINYARD_REGISTRY_MIRRORS",
        way,
        (mirrors, more) -> mirrors.isBlank() ? more : mirrors + "," + more);
    return forward;
  }

  /** The port that the deployed one has, or a free one where another process has that. */
  private static int httpPort() throws IOException {
    for (int port : new int[] {USUAL_HTTP_PORT, 0}) {
      try (var socket = new ServerSocket(port, 1, InetAddress.getByName("0.0.0.0"))) {
        return socket.getLocalPort();
      } catch (BindException e) {
        continue;
      }
    }
    throw new TestbedException("No port of this machine is free for the operator's metrics.");
  }

  /** The registry's credentials, which the deployed operator finds in a mounted Secret. */
  private static final class Credentials implements AutoCloseable {
    private final Optional<Path> file;

    Credentials(KubernetesClient client, Map<String, String> settings) throws IOException {
      String name = settings.get("TRAINYARD_REGISTRY_SECRET");
      if (name == null) {
        file = Optional.empty();
        return;
      }
      Secret secret = client.secrets().inNamespace(Installation.NAMESPACE).withName(name).get();
      if (secret == null || !secret.getData().containsKey(".dockerconfigjson")) {
        throw new TestbedException(
            "registry.credentialsSecret names the Secret "
                + name
                + ", which is not in the namespace "
                + Installation.NAMESPACE
                + " or has no key .dockerconfigjson: make it, or unset that value of the chart.");
      }
      Path written =
          Files.createTempFile(
              "trainyard-registry",
              ".json",
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(written, Base64.getDecoder().decode(secret.getData().get(".dockerconfigjson")));
      settings.put("TRAINYARD_REGISTRY_CREDENTIALS", written.toString());
      file = Optional.of(written);
    }

    @Override
    public void close() throws IOException {
      if (file.isPresent()) {
        Files.deleteIfExists(file.get());
      }
    }
  }

  /** The time in which the process stands in for the deployed operator. */
  private final class Stand implements AutoCloseable {
    private final DeployedOperator deployed;
    private final Thread onShutdown = Thread.ofPlatform().unstarted(this::end);
    private @Nullable Process operator;
    private boolean resting;

    Stand(DeployedOperator deployed) {
      this.deployed = deployed;
      // Before anything is taken away, so that it comes back whenever this process is ended.
      Runtime.getRuntime().addShutdownHook(onShutdown);
    }

    void run(Map<String, String> settings) throws IOException, InterruptedException {
      int code = begin(settings).waitFor();
      if (code != 0 && !ASKED_TO_END.contains(code)) {
        throw new TestbedException("The operator ended with exit code " + code + ".");
      }
    }

    private synchronized Process begin(Map<String, String> settings) throws IOException {
      progress.say("The deployed operator rests; end this one with Ctrl-C, and it comes back.");
      resting = true;
      deployed.rest();
      Path java = Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java");
      var builder =
          new ProcessBuilder(java.toString(), "-cp", classpath, "dev.trainyard.operator.Main");
      builder.environment().putAll(settings);
      Process started = builder.inheritIO().start();
      operator = started;
      return started;
    }

    /** Ends the process and wakes the deployed one; the second caller waits for the first. */
    private synchronized void end() {
      if (!resting) {
        return;
      }
      resting = false;
      if (operator != null) {
        operator.destroy();
        try {
          operator.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      progress.say("The deployed operator comes back.");
      deployed.resume();
    }

    @Override
    public void close() {
      end();
      try {
        Runtime.getRuntime().removeShutdownHook(onShutdown);
      } catch (IllegalStateException e) {
        // This process is ending already, and the hook finds nothing to do.
      }
    }
  }
}
