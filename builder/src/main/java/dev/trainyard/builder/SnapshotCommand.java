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

  @Option(names = "--result", description = "File for the result.")
  private Path result = Path.of("/dev/termination-log");

  /**
   * A source on disk.
   *
   * @param version what it is of, such as a commit, where there is such a thing
   */
  record Fetched(Path directory, Optional<String> version) {}

  /** Brings the source to disk. */
  abstract Fetched fetch() throws SourceException, RegistryException, IOException;

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

  private SnapshotResult pack() throws SourceException, RegistryException, IOException {
    Fetched fetched = fetch();
    Snapshot snapshot =
        new SnapshotStore(registry.client())
            .pack(DirectoryFiles.below(fetched.directory()), registry.repository());
    return SnapshotResult.of(snapshot, fetched.version().orElse(""));
  }

  RegistryOptions registry() {
    return registry;
  }

  static boolean flag(String name) {
    return "true".equals(System.getenv(name));
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
