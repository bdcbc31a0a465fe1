package dev.trainyard.testbed.install;

import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Progress;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.LocalPortForward;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The operator as a process of this machine, for people who work on it: with the settings of the
 * deployed one, which rests meanwhile, and the registry through a port-forward.
 */
public final class LaptopOperator {
  private static final int REGISTRY_PORT = 5000;
  private static final long STOP_SECONDS = 30;

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

  /** Runs it until it ends or this process is asked to. */
  public void run() throws IOException, InterruptedException {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build();
        LocalPortForward registry =
            client
                .services()
                .inNamespace(Installation.NAMESPACE)
                .withName(Installation.RELEASE + "-registry")
                .portForward(REGISTRY_PORT)) {
      var deployed = new DeployedOperator(client);
      Map<String, String> settings = deployed.settings();
      settings.put("TRAINYARD_REGISTRY_PUSH", "localhost:" + registry.getLocalPort());
      settings.put("TRAINYARD_HTTP_PORT", "8080");
      settings.put("KUBECONFIG", cluster.kubeconfig().toString());
      progress.say("The deployed operator rests; end this one with Ctrl-C, and it comes back.");
      deployed.rest();
      Process operator = start(settings);
      var back = Thread.ofPlatform().unstarted(() -> end(operator, deployed));
      Runtime.getRuntime().addShutdownHook(back);
      operator.waitFor();
      Runtime.getRuntime().removeShutdownHook(back);
      end(operator, deployed);
    }
  }

  private Process start(Map<String, String> settings) throws IOException {
    Path java = Path.of(Objects.requireNonNull(System.getProperty("java.home")), "bin", "java");
    var builder =
        new ProcessBuilder(java.toString(), "-cp", classpath, "dev.trainyard.operator.Main");
    builder.environment().putAll(settings);
    return builder.inheritIO().start();
  }

  private static void end(Process operator, DeployedOperator deployed) {
    operator.destroy();
    try {
      operator.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    deployed.resume();
  }
}
