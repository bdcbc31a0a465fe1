package dev.trainyard.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.ArtifactClient;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps what attempts leave as OCI 1.1 artifacts: one layer a part, with the annotations by which
 * {@code oras pull} gives files and directories their names again, and the run image as {@code
 * subject}. Each is tagged by its attempt ({@link ArtifactKind#tag}), so that a store that was
 * interrupted is found or repeated. Content is streamed; nothing is held in memory or on disk.
 */
public final class HistoryStore {
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
  private static final String TREE_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
  private static final String TITLE = "org.opencontainers.image.title";
  private static final String UNPACK = "io.deis.oras.content.unpack";
  private static final String TAR_DIGEST = "io.deis.oras.content.digest";
  private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.UTF_8);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryClient registry;
  private final ArtifactClient artifacts;

  public HistoryStore(RegistryClient registry) {
    this.registry = registry;
    this.artifacts = new ArtifactClient(registry);
  }

  /** Stores the parts as the artifact of its kind for the attempt. */
  public StoredArtifact store(
      Repository repository, ArtifactKind kind, Origin origin, List<Part> parts)
      throws RegistryException, IOException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest
        .put("schemaVersion", 2)
        .put("mediaType", MANIFEST_TYPE)
        .put("artifactType", kind.artifactType());
    describe(
        manifest.putObject("config"), new Descriptor(EMPTY_TYPE, Digest.of(EMPTY), EMPTY.length));
    registry.pushBlob(repository, Digest.of(EMPTY), BodyPublishers.ofByteArray(EMPTY));
    var tally = new Tally();
    manifest.putArray("layers");
    for (Part part : parts) {
      ObjectNode layer = manifest.withArrayProperty("layers").addObject();
      switch (part) {
        case Part.Tree tree -> storeTree(repository, tree, layer, tally);
        case Part.Text text -> storeText(repository, text, layer, tally);
      }
    }
    subject(repository, origin).ifPresent(image -> describe(manifest.putObject("subject"), image));
    ObjectNode annotations = manifest.putObject("annotations");
    origin.annotations().forEach(annotations::put);
    byte[] bytes = JSON.writeValueAsBytes(manifest);
    String tag = kind.tag(origin.uid(), origin.attempt(), origin.node());
    Digest digest = registry.pushManifest(repository, tag, MANIFEST_TYPE, bytes);
    return new StoredArtifact(
        digest, tally.bytes, tally.files, List.copyOf(tally.skipped), tally.skippedCount);
  }

  /** The artifact of an attempt's first node, if it was stored. */
  public Optional<Manifest> find(Repository repository, ArtifactKind kind, String uid, int attempt)
      throws RegistryException {
    return find(repository, kind, uid, attempt, 0);
  }

  private Optional<Manifest> find(
      Repository repository, ArtifactKind kind, String uid, int attempt, int node)
      throws RegistryException {
    return registry.manifest(repository, kind.tag(uid, attempt, node));
  }

  /**
   * Makes an artifact findable from its run image in registries without referrers; to be called by
   * one process only.
   */
  public void index(Repository repository, Manifest artifact) throws RegistryException {
    JsonNode subject = artifact.json().path("subject").path("digest");
    if (subject.isTextual()) {
      ObjectNode entry = JSON.createObjectNode();
      describe(entry, new Descriptor(MANIFEST_TYPE, artifact.digest(), artifact.size()));
      entry.set("artifactType", artifact.json().path("artifactType"));
      entry.set("annotations", artifact.json().path("annotations"));
      artifacts.addReferrer(repository, new Digest(subject.asText()), entry);
    }
  }

  /**
   * Deletes the artifacts of an attempt, if there are any.
   *
   * @param nodes how many nodes the attempt had at most
   * @return false when the registry does not let anything be deleted
   */
  public boolean delete(
      Repository repository, ArtifactKind kind, String uid, int attempt, int nodes)
      throws RegistryException {
    boolean deleted = true;
    for (int node = 0; node < nodes; node++) {
      Optional<Manifest> artifact = find(repository, kind, uid, attempt, node);
      if (artifact.isPresent()) {
        deleted &= delete(repository, artifact.get());
      }
    }
    return deleted;
  }

  private boolean delete(Repository repository, Manifest artifact) throws RegistryException {
    JsonNode subject = artifact.json().path("subject").path("digest");
    if (subject.isTextual()) {
      artifacts.removeReferrer(repository, new Digest(subject.asText()), artifact.digest());
    }
    return artifacts.delete(repository, artifact.digest());
  }

  private void storeTree(Repository repository, Part.Tree tree, ObjectNode layer, Tally tally)
      throws RegistryException, IOException {
    var writer = new TreeWriter();
    Descriptor stored =
        LayerUpload.send(artifacts, repository, TREE_TYPE, out -> writer.write(tree, out));
    describe(layer, stored);
    layer
        .putObject("annotations")
        .put(TITLE, tree.title())
        .put(UNPACK, "true")
        .put(TAR_DIGEST, writer.tarDigest().text());
    tally.add(stored, writer.files());
    tally.skipped.addAll(writer.skipped());
    tally.skippedCount += writer.skippedCount();
  }

  private void storeText(Repository repository, Part.Text text, ObjectNode layer, Tally tally)
      throws RegistryException, IOException {
    Descriptor stored =
        LayerUpload.send(
            artifacts,
            repository,
            text.mediaType(),
            out -> {
              try (InputStream content = text.content().open()) {
                content.transferTo(out);
              }
            });
    describe(layer, stored);
    layer.putObject("annotations").put(TITLE, text.title());
    tally.add(stored, 1);
  }

  private Optional<Descriptor> subject(Repository repository, Origin origin)
      throws RegistryException {
    if (origin.image().isEmpty()) {
      return Optional.empty();
    }
    return registry
        .manifest(repository, origin.image().get().text())
        .map(image -> new Descriptor(image.mediaType(), image.digest(), image.size()));
  }

  private static void describe(ObjectNode node, Descriptor descriptor) {
    node.put("mediaType", descriptor.mediaType())
        .put("digest", descriptor.digest().text())
        .put("size", descriptor.size());
  }

  private static final class Tally {
    private final List<String> skipped = new ArrayList<>();
    private long skippedCount;
    private long bytes;
    private long files;

    private void add(Descriptor layer, long files) {
      this.bytes += layer.size();
      this.files += files;
    }
  }
}
