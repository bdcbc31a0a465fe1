package dev.trainyard.oci;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.RegistryException.Kind;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Makes a run image from a base image and a snapshot's layer. No layer is made or downloaded: only
 * a config and a manifest are written. The same base and snapshot give the same digest.
 */
public final class RunImageComposer {
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";
  private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.";

  /** Annotation of a snapshot's manifest: digest of its layer before compression. */
  public static final String DIFF_ID = "dev.trainyard.snapshot.diff-id";

  private static final String EPOCH = "1970-01-01T00:00:00Z";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryClient registry;

  public RunImageComposer(RegistryClient registry) {
    this.registry = registry;
  }

  /**
   * Brings the base image's layers into a repository.
   *
   * @param progress is told the number of bytes of layers that are there so far
   */
  public void importBase(Repository from, Manifest base, Repository to, LongConsumer progress)
      throws RegistryException {
    long before = 0;
    for (Descriptor layer : base.layers()) {
      long offset = before;
      registry.copyBlob(from, to, layer, bytes -> progress.accept(offset + bytes));
      before += layer.size();
      progress.accept(before);
    }
  }

  /** Whether every layer of the base image is in the repository. */
  public boolean isImported(Manifest base, Repository repository) throws RegistryException {
    for (Descriptor layer : base.layers()) {
      if (!registry.hasBlob(repository, layer.digest())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Composes the image and tags it.
   *
   * @param from where the base image's config is
   * @param base manifest of the base image; its layers are in {@code to} already
   * @param snapshot manifest of the snapshot in {@code to}
   * @return digest of the run image's manifest
   */
  public Digest compose(
      Repository from,
      Manifest base,
      Repository to,
      Manifest snapshot,
      String workingDirectory,
      String tag)
      throws RegistryException {
    Descriptor layer = snapshot.layers().getFirst();
    String diffId = diffId(to, snapshot);
    JsonNode baseConfig = registry.jsonBlob(from, base.config().digest());
    check(from, base, baseConfig);
    byte[] config = config(baseConfig, diffId, workingDirectory);
    registry.pushBlob(to, Digest.of(config), BodyPublishers.ofByteArray(config));
    byte[] manifest = manifest(base, config, layer);
    return registry.pushManifest(to, tag, MANIFEST_TYPE, manifest);
  }

  private String diffId(Repository repository, Manifest snapshot) throws RegistryException {
    Optional<String> annotation = snapshot.annotation(DIFF_ID);
    String text =
        annotation.isPresent()
            ? annotation.get()
            : registry.jsonBlob(repository, snapshot.config().digest()).path("diffId").asText();
    try {
      return new Digest(text).text();
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          Kind.INVALID, repository + "@" + snapshot.digest() + " is not a snapshot", e);
    }
  }

  /** What cannot run on a target is found here and not by a node. */
  private static void check(Repository from, Manifest base, JsonNode config)
      throws RegistryException {
    String os = config.path("os").asText();
    String architecture = config.path("architecture").asText();
    if (!os.equals("linux") || !architecture.equals("amd64")) {
      throw new RegistryException(
          Kind.NOT_FOUND,
          "The image "
              + from
              + "@"
              + base.digest()
              + " is not for linux/amd64 but for "
              + (os.isEmpty() ? "no platform" : os + "/" + architecture));
    }
    int layers = config.path("rootfs").path("diff_ids").size();
    if (base.layers().isEmpty() || base.layers().size() != layers) {
      throw new RegistryException(
          Kind.INVALID,
          "The image "
              + from
              + "@"
              + base.digest()
              + " has "
              + base.layers().size()
              + " layers, and its config speaks of "
              + layers);
    }
  }

  private static byte[] config(JsonNode base, String diffId, String workingDirectory)
      throws RegistryException {
    ObjectNode config = base.deepCopy();
    config.put("created", EPOCH);
    ((ObjectNode) config.withObject("/config")).put("WorkingDir", workingDirectory);
    config.withObject("/rootfs").withArrayProperty("diff_ids").add(diffId);
    ArrayNode history = config.withArrayProperty("history");
    if (!history.isEmpty()) {
      history.addObject().put("created", EPOCH).put("created_by", "trainyard snapshot");
    } else {
      config.remove("history");
    }
    return bytes(config);
  }

  private static byte[] manifest(Manifest base, byte[] config, Descriptor snapshot)
      throws RegistryException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MANIFEST_TYPE);
    manifest
        .putObject("config")
        .put("mediaType", CONFIG_TYPE)
        .put("digest", Digest.of(config).text())
        .put("size", config.length);
    ArrayNode layers = manifest.putArray("layers");
    for (Descriptor layer : base.layers()) {
      add(layers, layer, ociType(layer.mediaType()));
    }
    add(layers, snapshot, snapshot.mediaType());
    return bytes(manifest);
  }

  /** Docker's and OCI's layer types name the same bytes; the compression stays what it is. */
  private static String ociType(String mediaType) {
    if (!mediaType.startsWith(DOCKER_LAYER)) {
      return mediaType;
    }
    if (mediaType.endsWith(".zstd")) {
      return LAYER_TYPE + "+zstd";
    }
    return mediaType.endsWith(".gzip") ? LAYER_TYPE + "+gzip" : LAYER_TYPE;
  }

  private static void add(ArrayNode layers, Descriptor layer, String mediaType) {
    layers
        .addObject()
        .put("mediaType", mediaType)
        .put("digest", layer.digest().text())
        .put("size", layer.size());
  }

  private static byte[] bytes(JsonNode json) throws RegistryException {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new RegistryException(RegistryException.Kind.INVALID, "JSON cannot be written", e);
    }
  }
}
