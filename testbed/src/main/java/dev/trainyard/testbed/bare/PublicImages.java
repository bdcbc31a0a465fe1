package dev.trainyard.testbed.bare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.testbed.Progress;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The images that manifests name, made of the testbed's own layers and pushed to the node's
 * registry, which stands in for the public ones.
 */
final class PublicImages {
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An image of the testbed. */
  private record Image(
      String repository, String tag, List<String> layers, List<String> env, List<String> command) {}

  private static final List<Image> IMAGES =
      List.of(
          new Image(
              "pause", "3.10", List.of("pause"), List.of(PATH), List.of("/bin/sleep", "infinity")),
          new Image(
              "library/registry",
              "2",
              List.of("base", "registry"),
              List.of(PATH),
              List.of("registry", "serve", "/etc/docker/registry/config.yml")),
          new Image(
              "library/eclipse-temurin",
              "25-jre",
              List.of("base", "java"),
              List.of(PATH, "JAVA_HOME=/opt/java/openjdk", "LANG=C.UTF-8"),
              List.of("java", "--version")),
          new Image(
              "library/python",
              "3.11-slim",
              List.of("base", "interpreter"),
              List.of(PATH, "LANG=C.UTF-8"),
              List.of("python3")),
          python("azureml/base", "0.2.4"),
          new Image(
              "azureml/openmpi4.1.0-ubuntu22.04",
              "20251130.v1",
              List.of("base", "python", "openmpi"),
              List.of(PATH, "LANG=C.UTF-8"),
              List.of("bash")));

  private final RegistryClient registry;
  private final String host;
  private final ImageLayers layers;

  PublicImages(String host, ImageLayers layers) {
    this.registry = new RegistryClient(new RegistryEndpoints(Map.of(), Set.of(host)));
    this.host = host;
    this.layers = layers;
  }

  private static Image python(String repository, String tag) {
    return new Image(
        repository, tag, List.of("base", "python"), List.of(PATH, "LANG=C.UTF-8"), List.of("bash"));
  }

  /** Pushes the images whose layers are not what the registry has. */
  void push(Progress progress) throws IOException, RegistryException {
    for (Image image : IMAGES) {
      var repository = new Repository(host, image.repository(), Credentials.NONE);
      byte[] config = config(image);
      byte[] manifest = manifest(image, config);
      Optional<Digest> present = registry.manifest(repository, image.tag()).map(Manifest::digest);
      if (!present.equals(Optional.of(Digest.of(manifest)))) {
        try (var phase = progress.phase("Pushing " + image.repository() + ":" + image.tag())) {
          push(image, repository, config, manifest);
        }
      }
    }
  }

  private void push(Image image, Repository repository, byte[] config, byte[] manifest)
      throws IOException, RegistryException {
    for (String layer : image.layers()) {
      registry.pushBlob(
          repository, layers.digest(layer), BodyPublishers.ofFile(layers.file(layer)));
    }
    registry.pushBlob(repository, Digest.of(config), BodyPublishers.ofByteArray(config));
    registry.pushManifest(repository, image.tag(), MANIFEST_TYPE, manifest);
  }

  private byte[] config(Image image) throws IOException {
    ObjectNode config = JSON.createObjectNode();
    config.put("architecture", "amd64").put("os", "linux").put("created", "1970-01-01T00:00:00Z");
    ObjectNode run = config.putObject("config");
    image.env().forEach(run.putArray("Env")::add);
    image.command().forEach(run.putArray("Cmd")::add);
    ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
    for (String layer : image.layers()) {
      diffIds.add(layers.diffId(layer).text());
    }
    return JSON.writeValueAsBytes(config);
  }

  private byte[] manifest(Image image, byte[] config) throws IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MANIFEST_TYPE);
    manifest
        .putObject("config")
        .put("mediaType", "application/vnd.oci.image.config.v1+json")
        .put("digest", Digest.of(config).text())
        .put("size", config.length);
    ArrayNode descriptors = manifest.putArray("layers");
    for (String layer : image.layers()) {
      descriptors
          .addObject()
          .put("mediaType", "application/vnd.oci.image.layer.v1.tar+gzip")
          .put("digest", layers.digest(layer).text())
          .put("size", Files.size(layers.file(layer)));
    }
    return JSON.writeValueAsBytes(manifest);
  }
}
