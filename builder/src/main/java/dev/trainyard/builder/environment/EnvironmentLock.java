package dev.trainyard.builder.environment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The exact packages of an environment as an OCI artifact: its config lists them, its layers are
 * {@code explicit.txt}, which conda, mamba and pixi install from, and {@code pip.txt}.
 */
final class EnvironmentLock {
  private static final String ARTIFACT_TYPE = "application/vnd.trainyard.environment-lock.v1";
  private static final String CONFIG_TYPE =
      "application/vnd.trainyard.environment-lock.config.v1+json";
  private static final List<String> FILES = List.of("explicit.txt", "pip.txt");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path work;

  /**
   * @param work where the steps before left their lists
   */
  EnvironmentLock(Path work) {
    this.work = work;
  }

  /** Every package: {@code name=version=build} for conda's, {@code pip:name==version} for pip's. */
  List<String> packages() throws IOException {
    var packages = new ArrayList<>(lines("packages.txt"));
    lines("pip.txt").forEach(line -> packages.add("pip:" + line));
    return packages;
  }

  /**
   * Pushes the artifact.
   *
   * @return digest of its manifest
   */
  Digest push(RegistryClient registry, Repository repository, String tag)
      throws RegistryException, IOException {
    ObjectNode content = JSON.createObjectNode();
    packages().forEach(content.putArray("packages")::add);
    byte[] config = EnvironmentImage.bytes(content);
    push(registry, repository, config);
    ObjectNode manifest = JSON.createObjectNode();
    manifest
        .put("schemaVersion", 2)
        .put("mediaType", EnvironmentImage.MANIFEST_TYPE)
        .put("artifactType", ARTIFACT_TYPE);
    EnvironmentImage.describe(
        manifest.putObject("config"),
        new Descriptor(CONFIG_TYPE, Digest.of(config), config.length));
    ArrayNode layers = manifest.putArray("layers");
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      push(registry, repository, file.getValue());
      ObjectNode layer = layers.addObject();
      EnvironmentImage.describe(
          layer, new Descriptor("text/plain", Digest.of(file.getValue()), file.getValue().length));
      layer.putObject("annotations").put("org.opencontainers.image.title", file.getKey());
    }
    // Environments with the same packages have locks of their own, since each goes with its own.
    manifest.putObject("annotations").put("dev.trainyard.environment", tag);
    return registry.pushManifest(
        repository, tag, EnvironmentImage.MANIFEST_TYPE, EnvironmentImage.bytes(manifest));
  }

  private Map<String, byte[]> files() throws IOException {
    var files = new LinkedHashMap<String, byte[]>();
    for (String name : FILES) {
      byte[] text = String.join("\n", lines(name)).getBytes(StandardCharsets.UTF_8);
      if (text.length > 0) {
        files.put(name, text);
      }
    }
    return files;
  }

  private List<String> lines(String name) throws IOException {
    Path file = work.resolve(name);
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private static void push(RegistryClient registry, Repository repository, byte[] bytes)
      throws RegistryException {
    registry.pushBlob(repository, Digest.of(bytes), BodyPublishers.ofByteArray(bytes));
  }
}
