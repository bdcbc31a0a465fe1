package dev.trainyard.builder.archive;

import dev.trainyard.oci.ArtifactClient;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** The files of one directory of an image, as its layers make them, one upon the other. */
public final class ImageFiles {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  private final ArtifactClient artifacts;

  public ImageFiles(RegistryClient registry) {
    this.artifacts = new ArtifactClient(registry);
  }

  /**
   * Lays the directory out below a root, under its own path.
   *
   * @param path the directory, without a slash at either end; empty: all of the image
   */
  public void unpack(Repository repository, Manifest image, String path, Path root)
      throws SourceException, RegistryException, IOException {
    var extraction = new Extraction(root);
    for (Descriptor layer : image.layers()) {
      String type = layer.mediaType();
      if (type.endsWith("zstd")) {
        throw new SourceException(
            Reason.SOURCE_INVALID, "The image has a layer of type " + type + ": use gzip.");
      }
      if (type.contains("tar")) {
        try (InputStream blob = artifacts.blob(repository, layer.digest());
            InputStream plain = type.contains("gzip") ? new GZIPInputStream(blob) : blob;
            var tar = new TarArchiveInputStream(plain, "UTF-8")) {
          apply(tar, path, extraction);
        }
      }
    }
  }

  private static void apply(TarArchiveInputStream tar, String path, Extraction extraction)
      throws SourceException, IOException {
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      String name = entry.getName().replaceFirst("^(\\./|/)+", "").replaceFirst("/+$", "");
      if (!path.isEmpty() && !name.equals(path) && !name.startsWith(path + "/")) {
        continue;
      }
      int slash = name.lastIndexOf('/') + 1;
      String directory = name.substring(0, slash);
      String last = name.substring(slash);
      if (last.equals(OPAQUE)) {
        extraction.empty(directory);
      } else if (last.startsWith(WHITEOUT)) {
        extraction.remove(directory + last.substring(WHITEOUT.length()));
      } else if (!name.isEmpty()) {
        TarEntries.extract(tar, entry, name, extraction);
      }
    }
  }
}
