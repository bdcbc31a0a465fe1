package dev.trainyard.snapshot;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.oci.RunImageComposer;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Packs sources and keeps them in a registry. A snapshot is an OCI artifact with one layer, tagged
 * by its content ({@code snapshot-<diff id>}): content that is there is never packed or pushed
 * again. Its config has the paths of all files, and the text of the small yaml files ({@code
 * specs}), so that dependency files can be read without the source.
 */
public final class SnapshotStore {
  /** Where the source lies in a run image. */
  public static final String WORKING_DIRECTORY = "/azureml-run";

  private static final String DIRECTORY = WORKING_DIRECTORY.substring(1);
  private static final String FILES = "dev.trainyard.snapshot.files";
  private static final String ARTIFACT_TYPE = "application/vnd.trainyard.snapshot.v1";
  private static final String CONFIG_TYPE = "application/vnd.trainyard.snapshot.config.v1+json";
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final int LARGEST_SPEC = 64 * 1024;
  private static final int LARGEST_SPECS = 1024 * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PUSHES = 64;

  /** Registries stumble over the same content that is pushed twice at the same time. */
  private final List<Lock> pushing =
      Stream.<Lock>generate(ReentrantLock::new).limit(PUSHES).toList();

  private final RegistryClient registry;

  public SnapshotStore(RegistryClient registry) {
    this.registry = registry;
  }

  /** Packs the files and pushes them; neither is done for content that is there already. */
  public Snapshot pack(SourceFiles files, Repository repository)
      throws RegistryException, IOException {
    Digest diffId = LayerWriter.diffId(files, DIRECTORY);
    Lock lock = pushing.get(Math.floorMod(diffId.hashCode(), pushing.size()));
    lock.lock();
    try {
      Optional<Snapshot> known = find(repository, "snapshot-" + diffId.hex());
      return known.isPresent() ? known.get() : push(files, repository);
    } finally {
      lock.unlock();
    }
  }

  private Snapshot push(SourceFiles files, Repository repository)
      throws RegistryException, IOException {
    Path file = Files.createTempFile("snapshot", ".tar.gz");
    try {
      return push(files, LayerWriter.write(files, DIRECTORY, file), repository);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** The snapshot of a source that was remembered, if it is still there. */
  public Optional<Snapshot> remembered(Repository repository, SourceKey source)
      throws RegistryException {
    return find(repository, source.tag());
  }

  /** Tags a snapshot with where its content came from. */
  public void remember(Repository repository, SourceKey source, Snapshot snapshot)
      throws RegistryException {
    registry.tag(repository, snapshot.digest(), source.tag());
  }

  private Optional<Snapshot> find(Repository repository, String tag) throws RegistryException {
    Optional<Manifest> manifest = registry.manifest(repository, tag);
    if (manifest.isEmpty()
        || !manifest.get().json().path("artifactType").asText().equals(ARTIFACT_TYPE)) {
      return Optional.empty();
    }
    Digest layer = manifest.get().layers().getFirst().digest();
    // A registry that was cleaned up by hand may have kept the manifest only.
    if (!registry.hasBlob(repository, layer)
        || !registry.hasBlob(repository, manifest.get().config().digest())) {
      return Optional.empty();
    }
    Optional<String> diffId = manifest.get().annotation(RunImageComposer.DIFF_ID);
    Optional<String> count = manifest.get().annotation(FILES);
    if (diffId.isEmpty() || count.isEmpty()) {
      // An earlier version pushed it, without them: it is pushed anew.
      return Optional.empty();
    }
    return Optional.of(
        new Snapshot(
            manifest.get().digest(), new Digest(diffId.get()), Long.parseLong(count.get()), 0));
  }

  private Snapshot push(SourceFiles files, LayerWriter.Layer layer, Repository repository)
      throws RegistryException, IOException {
    byte[] config = JSON.writeValueAsBytes(config(files, layer));
    long pushed =
        registry.pushBlob(repository, layer.digest(), BodyPublishers.ofFile(layer.file()));
    pushed += registry.pushBlob(repository, Digest.of(config), BodyPublishers.ofByteArray(config));
    byte[] manifest = manifest(files, layer, config);
    String tag = "snapshot-" + layer.diffId().hex();
    Digest digest = registry.pushManifest(repository, tag, MANIFEST_TYPE, manifest);
    return new Snapshot(digest, layer.diffId(), files.entries().size(), pushed + manifest.length);
  }

  private static byte[] manifest(SourceFiles files, LayerWriter.Layer layer, byte[] config)
      throws IOException {
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
    manifest
        .putObject("annotations")
        .put(RunImageComposer.DIFF_ID, layer.diffId().text())
        .put(FILES, Integer.toString(files.entries().size()));
    return JSON.writeValueAsBytes(manifest);
  }

  /** Whether the snapshot has a file of that path. */
  public boolean contains(Repository repository, Digest snapshot, String path)
      throws RegistryException {
    return firstFile(config(repository, snapshot), path::equals);
  }

  /**
   * Text of a YAML file of the snapshot, from its config, which has them so that an environment can
   * be told without the source; empty when there is none of that path, or it is too large.
   */
  public Optional<String> specification(Repository repository, Digest snapshot, String path)
      throws RegistryException {
    try {
      return Optional.ofNullable(
              JSON.readTree(config(repository, snapshot)).path("specs").get(path))
          .map(JsonNode::asText);
    } catch (IOException e) {
      throw new RegistryException(
          RegistryException.Kind.INVALID, "The config of a snapshot is not JSON", e);
    }
  }

  /** Those of the directories below which the snapshot has files. */
  public List<String> directoriesWithFiles(
      Repository repository, Digest snapshot, List<String> directories) throws RegistryException {
    var found = new ArrayList<String>();
    byte[] config = config(repository, snapshot);
    for (String directory : directories) {
      if (firstFile(config, file -> file.startsWith(directory + "/"))) {
        found.add(directory);
      }
    }
    return found;
  }

  private byte[] config(Repository repository, Digest snapshot) throws RegistryException {
    Manifest manifest =
        registry
            .manifest(repository, snapshot.text())
            .orElseThrow(() ->
                new RegistryException(
                    RegistryException.Kind.NOT_FOUND,
                    "The snapshot " + snapshot + " is no longer in " + repository));
    return registry.blob(repository, manifest.config().digest());
  }

  /** Reads on the way, since a source of many files has a long list of them. */
  private static boolean firstFile(byte[] config, Predicate<String> wanted)
      throws RegistryException {
    try (JsonParser json = JSON.createParser(config)) {
      while (json.nextToken() != null) {
        if (json.currentToken() == JsonToken.START_ARRAY && "files".equals(json.currentName())) {
          while (json.nextToken() == JsonToken.VALUE_STRING) {
            if (wanted.test(json.getText())) {
              return true;
            }
          }
          return false;
        }
      }
      return false;
    } catch (IOException e) {
      throw new RegistryException(
          RegistryException.Kind.INVALID, "The config of a snapshot is not JSON", e);
    }
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
