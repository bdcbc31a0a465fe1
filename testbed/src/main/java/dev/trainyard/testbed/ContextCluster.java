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

/** A cluster of the user's, named by a context of the user's kubeconfig. */
record ContextCluster(Path kubeconfig, Optional<String> pushRegistry) implements Cluster {

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
    return new ContextCluster(copy, Optional.ofNullable(System.getenv("TRAINYARD_IMAGE_REGISTRY")));
  }

  @Override
  public List<String> kubectl() {
    return List.of(Objects.requireNonNullElse(System.getenv("KUBECTL"), "kubectl"));
  }

  @Override
  public Map<String, String> registryMirrors() {
    return Map.of();
  }
}
