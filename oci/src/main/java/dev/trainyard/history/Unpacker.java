package dev.trainyard.history;

import dev.trainyard.oci.ArtifactClient;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Writes the directories of an artifact, or of a snapshot, to disk. Nothing is ever written outside
 * the target directory; entries that would are left out.
 */
public final class Unpacker {
  private final RegistryClient registry;
  private final ArtifactClient artifacts;

  public Unpacker(RegistryClient registry) {
    this.registry = registry;
    this.artifacts = new ArtifactClient(registry);
  }

  /**
   * Unpacks every tar layer of a manifest.
   *
   * @param prefix leading directory that the tar's names have and that is taken off; or empty
   * @return number of files written
   */
  public long unpack(Repository repository, String version, String prefix, Path target)
      throws RegistryException, IOException {
    Manifest manifest = registry.image(repository, version);
    long files = 0;
    for (Descriptor layer : manifest.layers()) {
      if (layer.mediaType().endsWith("tar+gzip")) {
        try (InputStream blob = artifacts.blob(repository, layer.digest());
            var tar = new TarArchiveInputStream(new GZIPInputStream(blob), "UTF-8")) {
          files += unpack(tar, prefix, target.toAbsolutePath().normalize());
        }
      }
    }
    return files;
  }

  private static long unpack(TarArchiveInputStream tar, String prefix, Path target)
      throws IOException {
    long files = 0;
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      if (!entry.getName().startsWith(prefix)) {
        continue;
      }
      Path path = target.resolve(entry.getName().substring(prefix.length())).normalize();
      if (!path.startsWith(target) || path.equals(target) || !isInside(path, target)) {
        continue;
      }
      if (entry.isDirectory()) {
        Files.createDirectories(path);
      } else if (entry.isSymbolicLink()) {
        link(path, entry.getLinkName(), target);
      } else if (entry.isFile()) {
        Files.createDirectories(path.getParent());
        Files.copy(tar, path, StandardCopyOption.REPLACE_EXISTING);
        path.toFile().setExecutable((entry.getMode() & 0100) != 0);
        files++;
      }
    }
    return files;
  }

  /** No parent of the path may be a link: it could lead anywhere. */
  private static boolean isInside(Path path, Path target) {
    for (Path parent = path.getParent();
        parent != null && !parent.equals(target);
        parent = parent.getParent()) {
      if (Files.isSymbolicLink(parent)) {
        return false;
      }
    }
    return true;
  }

  private static void link(Path path, String leadsTo, Path target) throws IOException {
    Path resolved = path.resolveSibling(leadsTo).normalize();
    if (!Path.of(leadsTo).isAbsolute() && resolved.startsWith(target)) {
      Files.createDirectories(path.getParent());
      Files.deleteIfExists(path);
      Files.createSymbolicLink(path, Path.of(leadsTo));
    }
  }
}
