package dev.trainyard.snapshot;

import dev.trainyard.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Writes source files as one image layer. Entries are sorted, times are 0, owner and modes are
 * fixed but for the executable bit, so that the same content gives the same bytes anywhere.
 */
final class LayerWriter {
  /** User and group that training containers run as. */
  static final int OWNER = 1000;

  private static final int DIRECTORY_MODE = 0755;
  private static final int FILE_MODE = 0644;
  private static final int EXECUTABLE_MODE = 0755;

  private LayerWriter() {}

  /**
   * A layer on disk.
   *
   * @param diffId digest of the tar before compression
   * @param digest digest of the file
   * @param contentBytes bytes of all files before packing
   */
  record Layer(Path file, Digest diffId, Digest digest, long size, long contentBytes) {}

  /** Identity of the layer's content, without writing it anywhere. */
  static Digest diffId(SourceFiles files, String directory) throws IOException {
    MessageDigest diffId = Digest.sha256();
    try (var plain = new DigestOutputStream(OutputStream.nullOutputStream(), diffId)) {
      tar(files, directory, plain);
    }
    return Digest.of(diffId);
  }

  /**
   * Writes the layer.
   *
   * @param directory where the files lie in the image, such as {@code azureml-run}
   */
  static Layer write(SourceFiles files, String directory, Path target) throws IOException {
    MessageDigest diffId = Digest.sha256();
    MessageDigest digest = Digest.sha256();
    long bytes;
    try (OutputStream out = Files.newOutputStream(target);
        var compressed = new DigestOutputStream(out, digest);
        var gzip = new GZIPOutputStream(compressed, 1 << 16);
        var plain = new DigestOutputStream(gzip, diffId)) {
      bytes = tar(files, directory, plain);
    }
    return new Layer(target, Digest.of(diffId), Digest.of(digest), Files.size(target), bytes);
  }

  private static long tar(SourceFiles files, String directory, OutputStream out)
      throws IOException {
    try (var tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      for (String parent : directories(files, directory)) {
        put(tar, new TarArchiveEntry(parent + "/"), DIRECTORY_MODE);
        tar.closeArchiveEntry();
      }
      long bytes = 0;
      for (Map.Entry<String, SourceFiles.Entry> entry : files.entries().entrySet()) {
        bytes += write(directory + "/" + entry.getKey(), entry.getValue(), tar);
      }
      return bytes;
    }
  }

  private static long write(String name, SourceFiles.Entry entry, TarArchiveOutputStream tar)
      throws IOException {
    long bytes = 0;
    switch (entry) {
      case SourceFiles.File file -> {
        var header = new TarArchiveEntry(name);
        header.setSize(file.size());
        put(tar, header, file.executable() ? EXECUTABLE_MODE : FILE_MODE);
        try (InputStream content = file.content().open()) {
          bytes = content.transferTo(tar);
        }
      }
      case SourceFiles.Link link -> {
        var header = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        header.setLinkName(link.target());
        put(tar, header, EXECUTABLE_MODE);
      }
      case SourceFiles.Unpackable unpackable ->
          throw new IllegalStateException("SourceFiles refuses " + name);
    }
    tar.closeArchiveEntry();
    return bytes;
  }

  private static void put(TarArchiveOutputStream tar, TarArchiveEntry header, int mode)
      throws IOException {
    header.setModTime(0L);
    header.setMode(mode);
    header.setIds(OWNER, OWNER);
    header.setNames("", "");
    tar.putArchiveEntry(header);
  }

  private static SortedSet<String> directories(SourceFiles files, String directory) {
    var directories = new TreeSet<String>();
    directories.add(directory);
    for (String path : files.entries().keySet()) {
      for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
        directories.add(directory + "/" + path.substring(0, slash));
      }
    }
    return directories;
  }
}
