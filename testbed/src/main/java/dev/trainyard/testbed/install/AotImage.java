package dev.trainyard.testbed.install;

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
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The operator's image in a registry, to which its AOT cache is added as one layer. */
final class AotImage {
  private static final String CACHE = "app/aot/operator.aot";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryClient registry;
  private final Repository repository;

  AotImage(RegistryClient registry, Repository repository) {
    this.registry = registry;
    this.repository = repository;
  }

  boolean exists(String tag) throws RegistryException {
    return registry.manifest(repository, tag).isPresent();
  }

  /** The words that the image's container begins with. */
  List<String> entrypoint(String tag) throws RegistryException {
    JsonNode words = config(registry.image(repository, tag)).path("config").path("Entrypoint");
    return StreamSupport.stream(words.spliterator(), false).map(JsonNode::asText).toList();
  }

  /**
   * Pushes the image with the cache on top under another tag. A virtual machine that the cache does
   * not fit, since an administrator set other options, starts without it.
   */
  void add(String tag, Path cache, String withCache) throws RegistryException, IOException {
    Path layer = Files.createTempFile("aot", ".tar.gz");
    try {
      Digest diffId = write(cache, layer);
      Digest digest = push(layer);
      Manifest plain = registry.image(repository, tag);
      byte[] config = JSON.writeValueAsBytes(config(config(plain), diffId));
      registry.pushBlob(repository, Digest.of(config), BodyPublishers.ofByteArray(config));
      ObjectNode manifest = plain.json().deepCopy();
      ((ObjectNode) manifest.path("config"))
          .put("digest", Digest.of(config).text())
          .put("size", config.length);
      ArrayNode layers = manifest.withArrayProperty("layers");
      layers
          .addObject()
          .put("mediaType", layers.path(0).path("mediaType").asText())
          .put("digest", digest.text())
          .put("size", Files.size(layer));
      registry.pushManifest(
          repository, withCache, plain.mediaType(), JSON.writeValueAsBytes(manifest));
    } finally {
      Files.delete(layer);
    }
  }

  private JsonNode config(Manifest image) throws RegistryException {
    return registry.jsonBlob(repository, image.config().digest());
  }

  private static ObjectNode config(JsonNode plain, Digest diffId) {
    ObjectNode config = plain.deepCopy();
    config.withObject("/rootfs").withArrayProperty("diff_ids").add(diffId.text());
    if (config.has("history")) {
      config
          .withArrayProperty("history")
          .addObject()
          .put("created", "1970-01-01T00:00:00Z")
          .put("created_by", "AOT cache of the operator");
    }
    ArrayNode entrypoint = config.withObject("/config").withArrayProperty("Entrypoint");
    // Behind `java`. What does not fit is no error, and said by nobody.
    entrypoint
        .insert(1, "-XX:AOTCache=/" + CACHE)
        .insert(2, "-Xlog:aot=off")
        .insert(3, "-Xlog:cds=off");
    return config;
  }

  private static Digest write(Path cache, Path layer) throws IOException {
    MessageDigest diffId = Digest.sha256();
    try (OutputStream out = Files.newOutputStream(layer);
        var gzip = new GZIPOutputStream(out, 1 << 16);
        var plain = new DigestOutputStream(gzip, diffId);
        var tar = new TarArchiveOutputStream(plain)) {
      var entry = new TarArchiveEntry(CACHE);
      entry.setSize(Files.size(cache));
      entry.setModTime(0L);
      tar.putArchiveEntry(entry);
      Files.copy(cache, tar);
      tar.closeArchiveEntry();
    }
    return Digest.of(diffId);
  }

  private Digest push(Path layer) throws IOException, RegistryException {
    MessageDigest computation = Digest.sha256();
    try (var out = new DigestOutputStream(OutputStream.nullOutputStream(), computation)) {
      Files.copy(layer, out);
    }
    Digest digest = Digest.of(computation);
    registry.pushBlob(repository, digest, BodyPublishers.ofFile(layer));
    return digest;
  }
}
