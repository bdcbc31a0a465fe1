package dev.trainyard.snapshot;

import dev.trainyard.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** The digest of what a directory of a snapshot has: names, executable bits, links and contents. */
public final class DirectoryDigest {
  private DirectoryDigest() {}

  /**
   * Computes it.
   *
   * @param snapshot compressed tar
   * @param directory relative to the source, without a slash at the end
   * @return empty when the snapshot has no file there
   */
  public static Optional<Digest> of(byte[] snapshot, String directory) throws IOException {
    String below = SnapshotStore.WORKING_DIRECTORY.substring(1) + "/" + directory + "/";
    var entries = new TreeMap<String, byte[]>();
    try (var tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new ByteArrayInputStream(snapshot)), "UTF-8")) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().startsWith(below) && !entry.isDirectory()) {
          entries.put(entry.getName() + '\0' + kind(entry), tar.readAllBytes());
        }
      }
    }
    if (entries.isEmpty()) {
      return Optional.empty();
    }
    MessageDigest digest = Digest.sha256();
    entries.forEach((name, content) -> {
      digest.update((name + '\0' + content.length + '\0').getBytes(StandardCharsets.UTF_8));
      digest.update(content);
    });
    return Optional.of(Digest.of(digest));
  }

  private static String kind(TarArchiveEntry entry) {
    return entry.isSymbolicLink()
        ? "link " + entry.getLinkName()
        : (entry.getMode() & 0100) == 0 ? "file" : "program";
  }
}
