package dev.trainyard.testbed.install;

import com.marcnuri.helm.Helm;
import dev.trainyard.oci.Digest;
import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Progress;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Puts Trainyard into a cluster as a user would: images by Jib, the chart by Helm. What has not
 * changed is neither built nor pushed again.
 */
public final class Installation {
  public static final String NAMESPACE = "trainyard-system";
  public static final String RELEASE = "trainyard";

  private static final long ROLLOUT_SECONDS = 180;
  private static final List<String> SOURCES =
      List.of(
          "crds/src/main",
          "oci/src/main",
          "builder/src/main",
          "operator/src/main",
          "pom.xml",
          "operator/pom.xml",
          "oci/pom.xml",
          "builder/pom.xml",
          "crds/pom.xml");

  private final Path checkout;
  private final Cluster cluster;
  private final Progress progress;

  public Installation(Path checkout, Cluster cluster, Progress progress) {
    this.checkout = checkout;
    this.cluster = cluster;
    this.progress = progress;
  }

  /** Builds, installs or upgrades, and waits until the operator is ready. */
  public void install() throws IOException, InterruptedException {
    String tag = "build-" + identity().substring(0, 12);
    String repository = new Images(checkout, progress).provide(cluster.images(), tag);
    try (var phase = progress.phase("Installing the chart")) {
      chart(repository, tag);
    }
    try (var phase = progress.phase("Waiting for the operator")) {
      awaitReady();
    }
  }

  private void chart(String repository, String tag) {
    var upgrade =
        new Helm(checkout.resolve("helm").resolve("trainyard"))
            .upgrade()
            .withName(RELEASE)
            .withNamespace(NAMESPACE)
            .createNamespace()
            .install()
            .withKubeConfig(cluster.kubeconfig());
    for (String image : Images.NAMES) {
      upgrade
          .set("image." + image + ".repository", repository + "/" + image)
          .set("image." + image + ".tag", tag);
    }
    for (Map.Entry<String, String> mirror : cluster.registryMirrors().entrySet()) {
      upgrade.set("registry.mirrors." + mirror.getKey().replace(".", "\\."), mirror.getValue());
    }
    upgrade.call();
  }

  private void awaitReady() {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      var rollout = new Rollout(client, NAMESPACE, progress);
      rollout.await(RELEASE + "-registry", ROLLOUT_SECONDS);
      rollout.await(RELEASE + "-operator", ROLLOUT_SECONDS);
    }
  }

  /** What the images are made of. */
  private String identity() throws IOException {
    MessageDigest digest = Digest.sha256();
    for (String source : SOURCES) {
      try (Stream<Path> files = Files.walk(checkout.resolve(source))) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          digest.update(checkout.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
          digest.update(Files.readAllBytes(file));
        }
      }
    }
    return Digest.of(digest).hex();
  }
}
