package dev.trainyard.testbed.install;

import com.marcnuri.helm.Helm;
import dev.trainyard.oci.Digest;
import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Progress;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
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
          "builder/conda/src/main",
          "builder/conda/pom.xml",
          "operator/src/main",
          "pom.xml",
          "operator/pom.xml",
          "oci/pom.xml",
          "builder/pom.xml",
          "crds/pom.xml",
          // Of the bare cluster's images, on which these lie.
          "testbed/src/main/resources/dev/trainyard/testbed/bare/layers.sh");

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
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(config).build()) {
      client.resource(namespace()).forceConflicts().serverSideApply();
      var cache = new AotCache(client, cluster.images(), repository + "/operator", progress);
      String operatorTag = cache.find(tag).orElse(tag);
      install(repository, tag, operatorTag);
      awaitReady(client, "registry");
      if (operatorTag.equals(tag) && cache.isWanted()) {
        try {
          cache.train(tag).ifPresent(withCache -> install(repository, tag, withCache));
        } finally {
          new DeployedOperator(client).wake();
        }
      }
      awaitReady(client, "operator");
    }
  }

  /** As it is recommended to administrators: nothing of the chart needs more. */
  private static Namespace namespace() {
    return new NamespaceBuilder()
        .withNewMetadata()
        .withName(NAMESPACE)
        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
        .endMetadata()
        .build();
  }

  private void install(String repository, String tag, String operatorTag) {
    try (var phase = progress.phase("Installing the chart")) {
      chart(repository, tag, operatorTag);
    }
  }

  private void chart(String repository, String tag, String operatorTag) {
    var upgrade =
        new Helm(checkout.resolve("helm").resolve("trainyard"))
            .upgrade()
            .withName(RELEASE)
            .withNamespace(NAMESPACE)
            .install()
            .withKubeConfig(cluster.kubeconfig());
    for (String image : Images.NAMES) {
      upgrade
          .set("image." + image + ".repository", repository + "/" + image)
          .set("image." + image + ".tag", image.equals("operator") ? operatorTag : tag);
    }
    for (Map.Entry<String, String> mirror : cluster.registryMirrors().entrySet()) {
      upgrade.set("registry.mirrors." + mirror.getKey().replace(".", "\\."), mirror.getValue());
    }
    for (Map.Entry<String, String> channel : cluster.condaChannels().entrySet()) {
      upgrade.set("environments.channels." + channel.getKey(), channel.getValue());
    }
    cluster.pipIndex().ifPresent(url -> upgrade.set("environments.pipIndexUrl", url));
    upgrade.call();
  }

  private void awaitReady(KubernetesClient client, String component) {
    try (var phase = progress.phase("Waiting for the " + component)) {
      new Rollout(client, NAMESPACE, progress).await(RELEASE + "-" + component, ROLLOUT_SECONDS);
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
