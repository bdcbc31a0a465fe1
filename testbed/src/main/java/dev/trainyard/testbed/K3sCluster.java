package dev.trainyard.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * K3s in a container, kept between calls by Testcontainers' reuse. Images are loaded into its
 * containerd, so that no registry is needed.
 */
record K3sCluster(Path kubeconfig, K3sContainer container) implements Cluster {
  private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.34.4-k3s1");
  private static final String LABEL = "trainyard.dev/checkout";

  private static final String ARCHIVE = "/tmp/image.tar";

  /** Whether a Docker engine answers. */
  static boolean isPossible() {
    return Files.exists(Path.of("/var/run/docker.sock")) || System.getenv("DOCKER_HOST") != null
        ? DockerClientFactory.instance().isDockerAvailable()
        : false;
  }

  static K3sCluster up(Path checkout, Progress progress) throws IOException {
    var container =
        new K3sContainer(IMAGE).withReuse(true).withLabel(LABEL, Checkouts.name(checkout));
    try (var phase = progress.phase("Starting K3s in Docker")) {
      container.start();
    }
    Path kubeconfig = Checkouts.state(checkout).resolve("k3s.kubeconfig");
    Files.createDirectories(kubeconfig.getParent());
    Files.writeString(kubeconfig, container.getKubeConfigYaml());
    return new K3sCluster(kubeconfig, container);
  }

  static void down(Path checkout) throws IOException {
    // The images went into the container.
    Files.deleteIfExists(Checkouts.loadedImages(checkout));
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
  public ImageRoute images() {
    return new ImageRoute.Archives(this::load);
  }

  private void load(Path archive) throws IOException, InterruptedException {
    container.copyFileToContainer(MountableFile.forHostPath(archive), ARCHIVE);
    ExecResult imported = container.execInContainer("ctr", "images", "import", ARCHIVE);
    container.execInContainer("rm", ARCHIVE);
    if (imported.getExitCode() != 0) {
      throw new TestbedException(
          "K3s does not take the image " + archive + ": " + imported.getStderr());
    }
  }

  @Override
  public Map<String, String> registryMirrors() {
    return Map.of();
  }
}
