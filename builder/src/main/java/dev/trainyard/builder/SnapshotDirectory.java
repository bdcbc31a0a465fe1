package dev.trainyard.builder;

import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Packs a directory of a mounted volume. */
@Command(name = "snapshot-directory", description = "Packs a directory of a mounted volume.")
final class SnapshotDirectory extends SnapshotCommand {

  @Option(names = "--root", required = true, description = "Where the volume is mounted.")
  private Path root = Path.of("");

  @Option(names = "--path", description = "Directory on the volume.")
  private String path = "";

  @Override
  SnapshotResult pack() throws SourceException, RegistryException, IOException {
    return packed(inside(root, path, "source.persistentVolumeClaim.path"), Optional.empty());
  }
}
