package dev.trainyard.builder.environment;

import dev.trainyard.oci.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes an installed prefix as one image layer. Entries are sorted, times are 0, the owner is root
 * and modes are fixed but for the executable bit, so that the same files give the same bytes.
 *
 * @param diffId digest of the tar before compression
 * @param digest digest of the file
 * @param size bytes of the file
 */
record PrefixLayer(Path file, Digest diffId, Digest digest, long size) {
  private static final int DIRECTORY_MODE = 0755;
  private static final int FILE_MODE = 0644;
  private static final int EXECUTABLE_MODE = 0755;

  /** Compresses three times as fast as the default, into 5 percent more bytes. */
  private static final int LEVEL = 3;

  /** From this size on, a file has blocks of its own, which other environments have as well. */
  private static final long OWN_BLOCKS = 1 << 16;

  /**
   * Writes the layer.
   *
   * @param prefix directory to pack; the layer puts it at the same absolute path
   * @param cache directory with blocks of earlier builds
   * @param progress is told the bytes that were read so far
   */
  static PrefixLayer write(Path prefix, Path target, Optional<Path> cache, LongConsumer progress)
      throws IOException {
    BlockCache blocks =
        cache.map(directory -> BlockCache.in(directory, "gzip-" + LEVEL)).orElse(BlockCache.NONE);
    MessageDigest diffId = Digest.sha256();
    MessageDigest digest = Digest.sha256();
    try (OutputStream out = Files.newOutputStream(target);
        var gzip =
            new ParallelGzip(
                new DigestOutputStream(new BufferedOutputStream(out, 1 << 16), digest),
                LEVEL,
                blocks);
        var plain = new DigestOutputStream(gzip, diffId);
        var tar = new TarArchiveOutputStream(plain, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      directory(tar, name(Objects.requireNonNull(prefix.getParent(), "a prefix is not the root")));
      long bytes = 0;
      for (Path path : paths(prefix)) {
        bytes += entry(tar, gzip, path);
        progress.accept(bytes);
      }
    }
    return new PrefixLayer(target, Digest.of(diffId), Digest.of(digest), Files.size(target));
  }

  private static List<Path> paths(Path prefix) throws IOException {
    try (Stream<Path> found = Files.walk(prefix)) {
      return found.sorted().toList();
    }
  }

  private static long entry(TarArchiveOutputStream tar, ParallelGzip gzip, Path path)
      throws IOException {
    if (Files.isSymbolicLink(path)) {
      var header = new TarArchiveEntry(name(path), TarConstants.LF_SYMLINK);
      header.setLinkName(Files.readSymbolicLink(path).toString());
      put(tar, header, EXECUTABLE_MODE);
      return 0;
    }
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      directory(tar, name(path));
      return 0;
    }
    var header = new TarArchiveEntry(name(path));
    header.setSize(Files.size(path));
    header.setModTime(0L);
    header.setIds(0, 0);
    header.setNames("", "");
    header.setMode(Files.isExecutable(path) ? EXECUTABLE_MODE : FILE_MODE);
    tar.putArchiveEntry(header);
    boolean own = header.getSize() >= OWN_BLOCKS;
    if (own) {
      gzip.beginFile();
    }
    long copied = Files.copy(path, tar);
    if (own) {
      gzip.endFile();
    }
    tar.closeArchiveEntry();
    return copied;
  }

  private static void directory(TarArchiveOutputStream tar, String name) throws IOException {
    put(tar, new TarArchiveEntry(name + "/"), DIRECTORY_MODE);
  }

  private static void put(TarArchiveOutputStream tar, TarArchiveEntry header, int mode)
      throws IOException {
    header.setModTime(0L);
    header.setMode(mode);
    header.setIds(0, 0);
    header.setNames("", "");
    tar.putArchiveEntry(header);
    tar.closeArchiveEntry();
  }

  /** Path in the image, without the slash in front. */
  private static String name(Path path) {
    return path.toString().substring(1);
  }
}
