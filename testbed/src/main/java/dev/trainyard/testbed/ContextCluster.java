package dev.trainyard.testbed;

import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A cluster of the user's, named by a context of the user's kubeconfig. */
record ContextCluster(Path kubeconfig) implements Cluster {
  private static final String JAVA_BASE = "TRAINYARD_JAVA_BASE_IMAGE";
  private static final String REGISTRY = "TRAINYARD_IMAGE_REGISTRY";

  static ContextCluster of(String context, Progress progress) throws IOException {
    String named = System.getenv("KUBECONFIG");
    Path source =
        named == null
            ? Path.of(System.getProperty("user.home"), ".kube", "config")
            : Path.of(named);
    Config config = Serialization.unmarshal(Files.readString(source), Config.class);
    boolean known =
        config.getContexts().stream().anyMatch(entry -> entry.getName().equals(context));
    if (!known) {
      throw new TestbedException(
          "TRAINYARD_CONTEXT names the context "
              + context
              + ", which is not in "
              + source
              + ": choose one that `kubectl config get-contexts` shows.");
    }
    config.setCurrentContext(context);
    Path copy = Files.createTempFile("trainyard", ".kubeconfig");
    copy.toFile().deleteOnExit();
    Files.writeString(copy, Serialization.asYaml(config));
    progress.say("Using the context " + context + " of " + source + ".");
    return new ContextCluster(copy);
  }

  @Override
  public List<String> kubectl() {
    return List.of(Objects.requireNonNullElse(System.getenv("KUBECTL"), "kubectl"));
  }

  @Override
  public ImageRoute images() {
    String registry = System.getenv(REGISTRY);
    if (registry == null || registry.isBlank()) {
      throw new TestbedException(
          "Trainyard's images are built here, and the nodes of your cluster have to get them: name in "
              + REGISTRY
              + " a registry that you can push to and they can pull from, such as ghcr.io/me or"
              + " http://10.0.0.5:5000.");
    }
    String name = registry.replaceFirst("^https?://", "").replaceFirst("/+$", "");
    return new ImageRoute.Registry(
        name, name, registry.startsWith("http://"), Optional.ofNullable(System.getenv(JAVA_BASE)));
  }

  /** From {@code TRAINYARD_REGISTRY_MIRRORS}: host=URL, separated by commas. */
  @Override
  public Map<String, String> registryMirrors() {
    String mirrors = System.getenv("TRAINYARD_REGISTRY_MIRRORS");
    if (mirrors == null || mirrors.isBlank()) {
      return Map.of();
    }
    return Stream.of(mirrors.split(","))
        .map(entry -> entry.split("=", 2))
        .filter(entry -> entry.length == 2)
        .collect(Collectors.toMap(entry -> entry[0].strip(), entry -> entry[1].strip()));
  }
}
