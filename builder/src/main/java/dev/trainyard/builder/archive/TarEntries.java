package dev.trainyard.builder.archive;

import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** Extracts tar entries; devices, pipes and sockets are left out. */
final class TarEntries {
  private TarEntries() {}

  static void extract(
      TarArchiveInputStream tar, TarArchiveEntry entry, String name, Extraction extraction)
      throws SourceException, IOException {
    if (entry.isDirectory()) {
      extraction.directory(name);
    } else if (entry.isSymbolicLink()) {
      extraction.link(name, entry.getLinkName());
    } else if (entry.isLink()) {
      extraction.hardLink(name, entry.getLinkName());
    } else if (entry.isFile()) {
      extraction.file(name, tar, (entry.getMode() & 0100) != 0);
    }
  }
}
