package dev.trainyard.builder;

import dev.trainyard.builder.archive.ArchiveSource;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Packs a directory of an archive at a URL. */
@Command(name = "snapshot-archive", description = "Packs a directory of an archive at a URL.")
final class SnapshotArchive extends SnapshotCommand {

  @Option(names = "--url", required = true, description = "https URL of the archive.")
  private String url = "";

  @Option(names = "--sha256", required = true, description = "SHA-256 that the file must have.")
  private String sha256 = "";

  @Option(names = "--path", description = "Directory in the archive.")
  private String path = "";

  @Override
  SnapshotResult pack() throws SourceException, RegistryException, IOException {
    Path root = Files.createTempDirectory("source");
    new ArchiveSource(url, sha256, allowsInsecureSources()).unpack(root);
    return packed(inside(root, path, "source.archive.path"), Optional.empty());
  }
}
