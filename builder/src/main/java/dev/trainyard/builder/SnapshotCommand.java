package dev.trainyard.builder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SnapshotStore;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Packs a source directory, wherever it comes from. What came of it is written as JSON to the
 * termination message, where the operator reads it: {@code {"ok": true, "digest", "commit",
 * "files", "pushedBytes"}} or {@code {"ok": false, "reason", "message"}}.
 */
abstract class SnapshotCommand implements Callable<Integer> {
  private static final int USER_ERROR = 3;
  private static final int PASSING = 4;
  private static final int LONGEST_MESSAGE = 3_000;
  private static final ObjectMapper JSON = new ObjectMapper();

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
    ObjectNode answer = JSON.createObjectNode();
    int code = 0;
    try {
      pack(answer);
    } catch (SourceException e) {
      code = e.reason().passing() ? PASSING : USER_ERROR;
      failed(answer, e.reason().toString(), e.getMessage());
    } catch (RegistryException e) {
      code = PASSING;
      failed(answer, RegistryOptions.reason(e), e.getMessage());
    }
    Files.write(result, JSON.writeValueAsBytes(answer));
    System.out.println(answer);
    return code;
  }

  private void pack(ObjectNode answer) throws SourceException, RegistryException, IOException {
    Fetched fetched = fetch();
    Snapshot snapshot =
        new SnapshotStore(registry.client())
            .pack(SourceFiles.below(fetched.directory()), registry.repository());
    answer
        .put("ok", true)
        .put("digest", snapshot.digest().text())
        .put("files", snapshot.files())
        .put("pushedBytes", snapshot.pushedBytes());
    fetched.version().ifPresent(version -> answer.put("commit", version));
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

  private static void failed(ObjectNode answer, String reason, @Nullable String message) {
    String text = String.valueOf(message);
    answer
        .put("ok", false)
        .put("reason", reason)
        .put("message", text.substring(0, Math.min(text.length(), LONGEST_MESSAGE)));
  }
}
