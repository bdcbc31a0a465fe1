package dev.trainyard.builder;

import dev.trainyard.builder.archive.DirectoryFiles;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SnapshotStore;
import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Packs a source directory, wherever it comes from. What came of it is written to the termination
 * message: see {@link SnapshotResult}.
 */
abstract class SnapshotCommand implements Callable<Integer> {

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Option(
      names = "--allow-insecure-sources",
      description = "Whether http URLs and private addresses are allowed.",
      defaultValue = "${env:TRAINYARD_ALLOW_INSECURE_SOURCES:-false}")
  private String allowInsecureSources = "false";

  @Option(names = "--result", description = "File for the result.")
  private Path result = Path.of("/dev/termination-log");

  /** Brings the source to the registry, or finds it there. */
  abstract SnapshotResult pack() throws SourceException, RegistryException, IOException;

  @Override
  public final Integer call() throws IOException {
    SnapshotResult answer;
    try {
      answer = pack();
    } catch (SourceException e) {
      answer = SnapshotResult.of(e);
    } catch (RegistryException e) {
      answer = SnapshotResult.of(e);
    } catch (IOException | RuntimeException e) {
      answer = SnapshotResult.of(e);
    }
    Files.write(result, answer.json());
    System.out.println(answer);
    return answer.exitCode();
  }

  /**
   * Packs a source that lies on disk.
   *
   * @param version what it is of, such as a digest, where there is such a thing
   */
  final SnapshotResult packed(Path directory, Optional<String> version)
      throws SourceException, RegistryException, IOException {
    Snapshot snapshot = store().pack(DirectoryFiles.below(directory), registry.repository());
    return SnapshotResult.of(snapshot, version.orElse(""));
  }

  final SnapshotStore store() throws RegistryException, IOException {
    return new SnapshotStore(registry.client());
  }

  RegistryOptions registry() {
    return registry;
  }

  final boolean allowsInsecureSources() {
    return Boolean.parseBoolean(allowInsecureSources);
  }

  /**
   * A directory of a fetched source.
   *
   * @param field how users name the path
   */
  static Path inside(Path root, String path, String field) throws SourceException {
    Path directory = root.resolve(path).normalize();
    if (!directory.startsWith(root.normalize())) {
      throw new SourceException(
          SourceException.Reason.PATH_ESCAPES, field + " '" + path + "' leads out of the source.");
    }
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new SourceException(
          SourceException.Reason.PATH_NOT_FOUND,
          field + " '" + path + "' is not a directory of the source.");
    }
    return directory;
  }
}
