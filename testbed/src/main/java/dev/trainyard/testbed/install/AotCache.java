package dev.trainyard.testbed.install;

import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.testbed.ImageRoute;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Gives the operator's image an AOT cache, with which its Java virtual machine starts in about half
 * the time. {@code TRAINYARD_AOT=false} leaves it out, and so does a cluster that gets its images
 * as archives. An image without it works as well.
 */
final class AotCache {
  private static final String SUFFIX = "-aot";

  private final KubernetesClient client;
  private final ImageRoute route;
  private final String pulled;
  private final Progress progress;

  /**
   * @param pulled the operator's image as nodes name it, without its tag
   */
  AotCache(KubernetesClient client, ImageRoute route, String pulled, Progress progress) {
    this.client = client;
    this.route = route;
    this.pulled = pulled;
    this.progress = progress;
  }

  boolean isWanted() {
    return route instanceof ImageRoute.Registry && !"false".equals(System.getenv("TRAINYARD_AOT"));
  }

  /** The tag of the image with the cache, where it was made earlier. */
  Optional<String> find(String tag) throws IOException {
    if (!(route instanceof ImageRoute.Registry registry) || !isWanted()) {
      return Optional.empty();
    }
    try {
      return image(registry).exists(tag + SUFFIX) ? Optional.of(tag + SUFFIX) : Optional.empty();
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }

  /**
   * Trains in the cluster, where the deployed operator rests meanwhile, and pushes the image with
   * the cache.
   *
   * @return its tag; empty when that did not work, which is said and no harm
   */
  Optional<String> train(String tag) throws IOException {
    if (!(route instanceof ImageRoute.Registry registry)) {
      return Optional.empty();
    }
    var deployed = new DeployedOperator(client);
    Path cache = Files.createTempFile("operator", ".aot");
    try (var phase = progress.phase("Training the operator's AOT cache")) {
      PodTemplateSpec template = deployed.template();
      deployed.rest();
      AotImage image = image(registry);
      new AotTraining(client).train(template, pulled + ":" + tag, image.entrypoint(tag), cache);
      image.add(tag, cache, tag + SUFFIX);
      return Optional.of(tag + SUFFIX);
    } catch (TestbedException | RegistryException | KubernetesClientException e) {
      progress.say("The operator's image goes without an AOT cache: " + e.getMessage());
      return Optional.empty();
    } finally {
      Files.deleteIfExists(cache);
      deployed.wake();
    }
  }

  private static AotImage image(ImageRoute.Registry registry) throws IOException {
    ImageReference reference = ImageReference.parse(registry.push() + "/trainyard/operator");
    var insecure = registry.plainHttp() ? Set.of(reference.registry()) : Set.<String>of();
    return new AotImage(
        new RegistryClient(new RegistryEndpoints(Map.of(), insecure)),
        Repository.of(reference, credentials()));
  }

  /** What `docker login` wrote, which Jib pushes with too. */
  private static Credentials credentials() throws IOException {
    Path config =
        Path.of(Objects.requireNonNull(System.getProperty("user.home")), ".docker", "config.json");
    return Files.isReadable(config)
        ? Credentials.fromDockerConfig(Files.readAllBytes(config))
        : Credentials.NONE;
  }
}
