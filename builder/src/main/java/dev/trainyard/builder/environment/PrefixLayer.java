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
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Files of an installed prefix as one image layer. Entries are sorted, times are 0, the owner is
 * root and modes are fixed but for the executable bit, so that the same files give the same bytes.
 *
 * @param file where it lies; empty when the registry has it from an earlier build
 * @param diffId digest of the tar before compression
 * @param digest digest of the file
 * @param size bytes of the file
 */
record PrefixLayer(Optional<Path> file, Digest diffId, Digest digest, long size) {
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
   * @param prefix directory of the environment; the layer puts it at the same absolute path
   * @param paths what to pack of it, sorted
   * @param link another path at which the layer puts the environment, as a symbolic link beside it
   * @param cache directory with blocks of earlier builds
   * @param progress is told the bytes of each file that was read
   */
  static PrefixLayer write(
      Path prefix,
      List<Path> paths,
      Optional<Path> link,
      Path target,
      Optional<Path> cache,
      LongConsumer progress)
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
      var directories = new HashSet<Path>();
      Path root = Objects.requireNonNull(prefix.getParent(), "a prefix is not the root");
      parents(tar, root, prefix, directories);
      for (Path path : paths) {
        parents(tar, root, path, directories);
        progress.accept(entry(tar, gzip, path));
      }
      if (link.isPresent()) {
        symbolicLink(tar, link.get(), prefix.getFileName());
      }
    }
    return new PrefixLayer(
        Optional.of(target), Digest.of(diffId), Digest.of(digest), Files.size(target));
  }

  /** The directories from the root to a path that the layer does not have yet. */
  private static void parents(
      TarArchiveOutputStream tar, Path root, Path path, Set<Path> directories) throws IOException {
    Path parent = Objects.requireNonNull(path.getParent(), "below the root");
    if (parent.startsWith(root) && !directories.contains(parent)) {
      parents(tar, root, parent, directories);
      directories.add(parent);
      directory(tar, name(parent));
    }
  }

  private static long entry(TarArchiveOutputStream tar, ParallelGzip gzip, Path path)
      throws IOException {
    if (Files.isSymbolicLink(path)) {
      symbolicLink(tar, path, Files.readSymbolicLink(path));
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

  private static void symbolicLink(TarArchiveOutputStream tar, Path path, Path target)
      throws IOException {
    var header = new TarArchiveEntry(name(path), TarConstants.LF_SYMLINK);
    header.setLinkName(target.toString());
    put(tar, header, EXECUTABLE_MODE);
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
