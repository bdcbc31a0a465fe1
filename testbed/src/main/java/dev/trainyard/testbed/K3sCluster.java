package dev.trainyard.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * K3s in a container, kept between calls by Testcontainers' reuse. Its nodes pull images from the
 * registry that {@code TRAINYARD_IMAGE_REGISTRY} names.
 */
record K3sCluster(Path kubeconfig, Optional<String> pushRegistry) implements Cluster {
  private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.34.4-k3s1");
  private static final String LABEL = "trainyard.dev/checkout";

  /** Whether a Docker engine answers. */
  static boolean isPossible() {
    return Files.exists(Path.of("/var/run/docker.sock")) || System.getenv("DOCKER_HOST") != null
        ? DockerClientFactory.instance().isDockerAvailable()
        : false;
  }

  static K3sCluster up(Path checkout, Progress progress) throws IOException {
    progress.say("Starting K3s in Docker.");
    var container =
        new K3sContainer(IMAGE).withReuse(true).withLabel(LABEL, Checkouts.name(checkout));
    container.start();
    Path kubeconfig = Checkouts.state(checkout).resolve("k3s.kubeconfig");
    Files.createDirectories(kubeconfig.getParent());
    Files.writeString(kubeconfig, container.getKubeConfigYaml());
    return new K3sCluster(
        kubeconfig, Optional.ofNullable(System.getenv("TRAINYARD_IMAGE_REGISTRY")));
  }

  static void down(Path checkout) {
    var client = DockerClientFactory.instance().client();
    client
        .listContainersCmd()
        .withShowAll(true)
        .withLabelFilter(Map.of(LABEL, Checkouts.name(checkout)))
        .exec()
        .forEach(container -> client.removeContainerCmd(container.getId()).withForce(true).exec());
  }

  @Override
  public List<String> kubectl() {
    return List.of("kubectl");
  }

  @Override
  public Map<String, String> registryMirrors() {
    return Map.of();
  }
}
