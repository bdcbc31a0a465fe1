package dev.trainyard.snapshot;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Packs sources and keeps them in a registry. A snapshot is an OCI artifact with one layer, tagged
 * by its content ({@code snapshot-<diff id>}): content that is there is never pushed again.
 */
public final class SnapshotStore {
  /** Where the source lies in a run image. */
  public static final String WORKING_DIRECTORY = "/azureml-run";

  private static final String ARTIFACT_TYPE = "application/vnd.trainyard.snapshot.v1";
  private static final String CONFIG_TYPE = "application/vnd.trainyard.snapshot.config.v1+json";
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final int LARGEST_SPEC = 64 * 1024;
  private static final int LARGEST_SPECS = 1024 * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryClient registry;

  public SnapshotStore(RegistryClient registry) {
    this.registry = registry;
  }

  /** Packs the files and pushes them unless the same content is there. */
  public Snapshot pack(SourceFiles files, Repository repository)
      throws RegistryException, IOException {
    Path file = Files.createTempFile("snapshot", ".tar.gz");
    try {
      LayerWriter.Layer layer = LayerWriter.write(files, WORKING_DIRECTORY.substring(1), file);
      String tag = "snapshot-" + layer.diffId().hex();
      Optional<Manifest> known = registry.manifest(repository, tag);
      if (known.isPresent()) {
        return new Snapshot(known.get().digest(), layer.diffId(), files.entries().size(), 0);
      }
      return push(files, layer, repository, tag);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private Snapshot push(
      SourceFiles files, LayerWriter.Layer layer, Repository repository, String tag)
      throws RegistryException, IOException {
    byte[] config = JSON.writeValueAsBytes(config(files, layer));
    long pushed =
        registry.pushBlob(repository, layer.digest(), BodyPublishers.ofFile(layer.file()));
    pushed += registry.pushBlob(repository, Digest.of(config), BodyPublishers.ofByteArray(config));
    ObjectNode manifest = JSON.createObjectNode();
    manifest
        .put("schemaVersion", 2)
        .put("mediaType", MANIFEST_TYPE)
        .put("artifactType", ARTIFACT_TYPE);
    manifest
        .putObject("config")
        .put("mediaType", CONFIG_TYPE)
        .put("digest", Digest.of(config).text())
        .put("size", config.length);
    manifest
        .putArray("layers")
        .addObject()
        .put("mediaType", LAYER_TYPE)
        .put("digest", layer.digest().text())
        .put("size", layer.size());
    byte[] bytes = JSON.writeValueAsBytes(manifest);
    Digest digest = registry.pushManifest(repository, tag, MANIFEST_TYPE, bytes);
    return new Snapshot(digest, layer.diffId(), files.entries().size(), pushed + bytes.length);
  }

  /** Whether a snapshot has a file of that path. */
  public boolean contains(Repository repository, Digest snapshot, String path)
      throws RegistryException {
    for (JsonNode file : files(repository, snapshot)) {
      if (file.asText().equals(path)) {
        return true;
      }
    }
    return false;
  }

  /** Those of the directories below which a snapshot has files. */
  public List<String> directoriesWithFiles(
      Repository repository, Digest snapshot, List<String> directories) throws RegistryException {
    var found = new LinkedHashSet<String>();
    for (JsonNode file : files(repository, snapshot)) {
      for (String directory : directories) {
        if (file.asText().startsWith(directory + "/")) {
          found.add(directory);
        }
      }
    }
    return List.copyOf(found);
  }

  private JsonNode files(Repository repository, Digest snapshot) throws RegistryException {
    Manifest manifest =
        registry
            .manifest(repository, snapshot.text())
            .orElseThrow(() ->
                new RegistryException(
                    RegistryException.Kind.NOT_FOUND,
                    "The snapshot " + snapshot + " is no longer in " + repository));
    return registry.jsonBlob(repository, manifest.config().digest()).path("files");
  }

  private static ObjectNode config(SourceFiles files, LayerWriter.Layer layer) throws IOException {
    ObjectNode config = JSON.createObjectNode();
    config.put("diffId", layer.diffId().text());
    config.put("bytes", layer.contentBytes());
    ArrayNode paths = config.putArray("files");
    ObjectNode specs = config.putObject("specs");
    long left = LARGEST_SPECS;
    for (Map.Entry<String, SourceFiles.Entry> entry : files.entries().entrySet()) {
      paths.add(entry.getKey());
      if (entry.getValue() instanceof SourceFiles.File file
          && entry.getKey().matches(".*\\.ya?ml")
          && file.size() <= Math.min(LARGEST_SPEC, left)) {
        left -= file.size();
        try (InputStream content = file.content().open()) {
          specs.put(entry.getKey(), new String(content.readAllBytes(), StandardCharsets.UTF_8));
        }
      }
    }
    return config;
  }
}
