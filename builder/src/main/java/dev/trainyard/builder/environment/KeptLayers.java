package dev.trainyard.builder.environment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;

/**
 * What builds made of layers, by their keys, for the conda steps of later builds. A cache that
 * cannot be written is no trouble.
 */
final class KeptLayers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;

  /**
   * @param cache directory that outlives builds
   */
  KeptLayers(Path cache) {
    this.directory = cache.resolve("layers");
  }

  /** Keeps a layer that the registry has. */
  void keep(String key, PrefixLayer layer, Path prefix, List<Path> paths) {
    ObjectNode content = JSON.createObjectNode();
    content
        .put("digest", layer.digest().text())
        .put("diffId", layer.diffId().text())
        .put("size", layer.size());
    paths.forEach(path -> content.withArray("paths").add(prefix.relativize(path).toString()));
    Path part = directory.resolve(key + "." + UUID.randomUUID());
    try {
      Files.createDirectories(directory);
      Files.write(part, JSON.writeValueAsBytes(content));
      Files.move(part, file(key), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      part.toFile().delete();
    }
  }

  /** Forgets a layer that the registry has no more. */
  void forget(String key) {
    file(key).toFile().delete();
  }

  private Path file(String key) {
    return directory.resolve(key + ".json");
  }
}
