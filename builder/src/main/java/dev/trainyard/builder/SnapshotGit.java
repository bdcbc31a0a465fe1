package dev.trainyard.builder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.builder.git.Checkout;
import dev.trainyard.builder.git.GitSource;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SnapshotStore;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Packs a directory of a Git repository. What came of it is written as JSON to the termination
 * message, where the operator reads it: {@code {"ok": true, "digest", "commit", "files",
 * "pushedBytes"}} or {@code {"ok": false, "reason", "message"}}.
 */
@Command(name = "snapshot-git", description = "Packs a directory of a Git repository.")
final class SnapshotGit implements Callable<Integer> {
  private static final int USER_ERROR = 3;
  private static final int PASSING = 4;
  private static final int LONGEST_MESSAGE = 3_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(names = "--url", required = true, description = "URL of the repository.")
  private String url = "";

  @Option(names = "--branch", description = "Branch.")
  private @Nullable String branch;

  @Option(names = "--tag", description = "Tag.")
  private @Nullable String tag;

  @Option(names = "--commit", description = "Commit id.")
  private @Nullable String commit;

  @Option(names = "--path", description = "Directory in the repository.")
  private String path = "";

  @Option(names = "--secret-directory", description = "Where the Secret's keys are files.")
  private @Nullable Path secretDirectory;

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Option(names = "--result", description = "File for the result.")
  private Path result = Path.of("/dev/termination-log");

  @Override
  public Integer call() throws IOException {
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
    Path directory = Files.createTempDirectory("source");
    var source =
        new GitSource(
            url,
            Optional.ofNullable(branch),
            Optional.ofNullable(tag),
            Optional.ofNullable(commit),
            path,
            Optional.ofNullable(secretDirectory),
            flag("TRAINYARD_ALLOW_INSECURE_SOURCES"));
    Checkout checkout = source.checkOut(directory);
    Snapshot snapshot =
        new SnapshotStore(registry.client())
            .pack(SourceFiles.below(checkout.directory()), registry.repository());
    answer
        .put("ok", true)
        .put("digest", snapshot.digest().text())
        .put("commit", checkout.commit())
        .put("files", snapshot.files())
        .put("pushedBytes", snapshot.pushedBytes());
  }

  private static boolean flag(String name) {
    return "true".equals(System.getenv(name));
  }

  private static void failed(ObjectNode answer, String reason, @Nullable String message) {
    String text = String.valueOf(message);
    answer
        .put("ok", false)
        .put("reason", reason)
        .put("message", text.substring(0, Math.min(text.length(), LONGEST_MESSAGE)));
  }
}
