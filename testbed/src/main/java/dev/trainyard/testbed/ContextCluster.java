package dev.trainyard.testbed;

import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A cluster of the user's, named by a context of the user's kubeconfig. */
record ContextCluster(Path kubeconfig) implements Cluster {
  private static final String JAVA_BASE = "TRAINYARD_JAVA_BASE_IMAGE";
  private static final String PYTHON_BASE = "TRAINYARD_PYTHON_BASE_IMAGE";
  private static final String REGISTRY = "TRAINYARD_IMAGE_REGISTRY";

  static ContextCluster of(String context, Path checkout, Progress progress) throws IOException {
    Path source = fileWith(context);
    Config config = Serialization.unmarshal(Files.readString(source), Config.class);
    config.setCurrentContext(context);
    Path copy = Checkouts.state(checkout).resolve("context.kubeconfig");
    Files.createDirectories(Checkouts.state(checkout));
    Files.writeString(copy, Serialization.asYaml(config));
    progress.say("Using the context " + context + " of " + source + ".");
    return new ContextCluster(copy);
  }

  /** The first file of {@code KUBECONFIG}, which may name several, that has the context. */
  private static Path fileWith(String context) throws IOException {
    List<Path> files = files(System.getenv("KUBECONFIG"));
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        continue;
      }
      Config config = Serialization.unmarshal(Files.readString(file), Config.class);
      if (config.getContexts().stream().anyMatch(entry -> entry.getName().equals(context))) {
        return file;
      }
    }
    String places = files.stream().map(Path::toString).collect(Collectors.joining(" or "));
    throw new TestbedException(
        files.stream().anyMatch(Files::isReadable)
            ? "TRAINYARD_CONTEXT names the context "
                + context
                + ", which is not in "
                + places
                + ": choose one that `kubectl config get-contexts` shows."
            : "TRAINYARD_CONTEXT names the context "
                + context
                + ", and there is no kubeconfig to find it in: "
                + places
                + " cannot be read. Set KUBECONFIG to the file that has it.");
  }

  private static List<Path> files(@Nullable String named) {
    if (named == null || named.isBlank()) {
      return List.of(Path.of(System.getProperty("user.home", ""), ".kube", "config"));
    }
    return Stream.of(named.split(File.pathSeparator))
        .filter(name -> !name.isBlank())
        .map(Path::of)
        .toList();
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
        name,
        name,
        registry.startsWith("http://"),
        Optional.ofNullable(System.getenv(JAVA_BASE)),
        Optional.ofNullable(System.getenv(PYTHON_BASE)));
  }

  /** From {@code TRAINYARD_REGISTRY_MIRRORS}: host=URL, separated by commas. */
  @Override
  public Map<String, String> registryMirrors() {
    String mirrors = System.getenv("TRAINYARD_REGISTRY_MIRRORS");
    if (mirrors == null || mirrors.isBlank()) {
      return Map.of();
    }
    var found = new LinkedHashMap<String, String>();
    for (String entry : mirrors.split(",")) {
      String[] parts = entry.strip().split("=", 2);
      if (parts.length != 2 || parts[0].isBlank() || !parts[1].matches("https?://\\S+")) {
        throw new TestbedException(
            "TRAINYARD_REGISTRY_MIRRORS has '"
                + entry.strip()
                + "': write host=http(s)://mirror[:port], with commas between several.");
      }
      found.put(parts[0], parts[1]);
    }
    return found;
  }
}
