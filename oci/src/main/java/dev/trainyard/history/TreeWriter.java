package dev.trainyard.history;

import dev.trainyard.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** Writes the entries of a directory as a gzipped tar, one after the other. Used once. */
final class TreeWriter {
  private static final int OWNER = 1000;
  private static final int MOST_NAMED = 8;
  private static final int LONGEST_NOTE = 400;
  private static final int BUFFER = 1 << 16;

  private final MessageDigest tarDigest = Digest.sha256();
  private final List<String> skipped = new ArrayList<>();
  private long skippedCount;
  private long files;

  /** Writes the tar and closes the stream. */
  void write(Part.Tree tree, OutputStream out) throws IOException {
    try (var gzip = new FastGzip(out);
        var plain = new DigestOutputStream(gzip, tarDigest);
        var tar = new TarArchiveOutputStream(plain, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
      tar.setAddPaxHeadersForNonAsciiNames(true);
      put(tar, new TarArchiveEntry(tree.title() + "/"), 0755, Instant.EPOCH);
      tar.closeArchiveEntry();
      tree.entries().visit(entry -> write(tree.title(), entry, tar));
    }
  }

  private void write(String title, Entry entry, TarArchiveOutputStream tar) throws IOException {
    String name = title + "/" + entry.path();
    switch (entry) {
      case Entry.Directory directory -> {
        put(tar, new TarArchiveEntry(name + "/"), 0755, directory.modified());
        tar.closeArchiveEntry();
      }
      case Entry.Link link -> {
        var header = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        header.setLinkName(link.target());
        put(tar, header, 0777, Instant.EPOCH);
        tar.closeArchiveEntry();
      }
      case Entry.File file -> write(name, file, tar);
      case Entry.Skipped left -> skip(name, left.why());
    }
  }

  private void write(String name, Entry.File file, TarArchiveOutputStream tar) throws IOException {
    InputStream content;
    try {
      content = file.content().open();
    } catch (IOException e) {
      skip(name, "cannot be read");
      return;
    }
    try (content) {
      var header = new TarArchiveEntry(name);
      header.setSize(file.size());
      put(tar, header, file.executable() ? 0755 : 0644, file.modified());
      copy(name, content, file.size(), tar);
      tar.closeArchiveEntry();
      files++;
    }
  }

  /** A tar's header promises a size; a file that changes meanwhile is cut or filled with zeros. */
  private void copy(String name, InputStream content, long size, OutputStream out)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    long left = size;
    while (left > 0) {
      int read = content.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        skip(name, "became shorter while it was read, and is filled with zeros");
        Arrays.fill(buffer, (byte) 0);
        while (left > 0) {
          int zeros = (int) Math.min(buffer.length, left);
          out.write(buffer, 0, zeros);
          left -= zeros;
        }
        return;
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }

  private void skip(String name, String why) {
    skippedCount++;
    if (skipped.size() < MOST_NAMED) {
      skipped.add(printable(name + " " + why));
    }
  }

  /** Names come from scripts and machines, and what is left out is told in a status. */
  private static String printable(String text) {
    String line = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Cs}\\p{Co}\\p{Cn}]+", "?");
    return line.length() > LONGEST_NOTE ? line.substring(0, LONGEST_NOTE) + "…" : line;
  }

  private static void put(
      TarArchiveOutputStream tar, TarArchiveEntry header, int mode, Instant modified)
      throws IOException {
    header.setModTime(modified.getEpochSecond() * 1_000);
    header.setMode(mode);
    header.setIds(OWNER, OWNER);
    header.setNames("", "");
    tar.putArchiveEntry(header);
  }

  /** Models and images hardly shrink, and a run waits for it. */
  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out, BUFFER);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /** Digest of the tar before compression. */
  Digest tarDigest() {
    return Digest.of(tarDigest);
  }

  List<String> skipped() {
    return List.copyOf(skipped);
  }

  long skippedCount() {
    return skippedCount;
  }

  long files() {
    return files;
  }
}
