package dev.trainyard.builder.environment;

import dev.trainyard.oci.Digest;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Compressed blocks of earlier builds, by the digest of what they were made from. What cannot be
 * read or written is compressed, as without a cache. Safe for use by many at once, and by many
 * processes.
 */
final class BlockCache {
  /** A cache that has nothing and keeps nothing. */
  static final BlockCache NONE = new BlockCache(null);

  private final @Nullable Path directory;

  private BlockCache(@Nullable Path directory) {
    this.directory = directory;
  }

  /**
   * A cache in a directory.
   *
   * @param compression what else a block hangs on, as a name
   */
  static BlockCache in(Path directory, String compression) {
    return new BlockCache(directory.resolve("blocks").resolve(compression));
  }

  boolean keeps() {
    return directory != null;
  }

  Optional<byte[]> find(Digest content) {
    if (directory == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Files.readAllBytes(place(directory, content)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  void keep(Digest content, byte[] block) {
    if (directory == null) {
      return;
    }
    Path place = place(directory, content);
    Path part = place.resolveSibling(place.getFileName() + "." + UUID.randomUUID());
    try {
      Files.createDirectories(place.getParent());
      Files.write(part, block);
      Files.move(part, place, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IllegalStateException("a rename in one directory is atomic", e);
    } catch (IOException e) {
      part.toFile().delete();
    }
  }

  private static Path place(Path directory, Digest content) {
    return directory.resolve(content.hex().substring(0, 2)).resolve(content.hex());
  }
}
