package dev.trainyard.builder;

import dev.trainyard.builder.git.Checkout;
import dev.trainyard.builder.git.GitSource;
import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Packs a directory of a Git repository. */
@Command(name = "snapshot-git", description = "Packs a directory of a Git repository.")
final class SnapshotGit extends SnapshotCommand {

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

  @Override
  Fetched fetch() throws SourceException, IOException {
    var source =
        new GitSource(
            url,
            Optional.ofNullable(branch),
            Optional.ofNullable(tag),
            Optional.ofNullable(commit),
            path,
            Optional.ofNullable(secretDirectory),
            flag("TRAINYARD_ALLOW_INSECURE_SOURCES"));
    Checkout checkout = source.checkOut(Files.createTempDirectory("source"));
    return new Fetched(checkout.directory(), Optional.of(checkout.commit()));
  }
}
