package dev.trainyard.builder;

import dev.trainyard.builder.git.GitRepository;
import dev.trainyard.builder.git.GitSource;
import dev.trainyard.builder.tls.Authorities;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Packs a directory of a Git repository and says in the termination message what came of it: see
 * {@link SnapshotResult}. A commit's directory that was packed before is not fetched again: the
 * server is only asked, so that whoever may not read it any more does not get it either.
 */
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

  @Option(names = "--authorities", description = "File with certificate authorities.")
  private @Nullable Path authorities;

  @Override
  SnapshotResult pack() throws SourceException, RegistryException, IOException {
    Repository target = registry().repository();
    try (GitRepository git = GitRepository.open(source(), Files.createTempDirectory("source"))) {
      String found = git.commit();
      SourceKey key = SourceKey.of("git", url, found, path);
      Optional<Snapshot> known = store().remembered(target, key);
      if (known.isPresent()) {
        return SnapshotResult.of(known.get(), found);
      }
      Snapshot snapshot = store().pack(git.files(found), target);
      store().remember(target, key, snapshot);
      return SnapshotResult.of(snapshot, found);
    }
  }

  private GitSource source() {
    return new GitSource(
        url,
        Optional.ofNullable(branch),
        Optional.ofNullable(tag),
        Optional.ofNullable(commit),
        path,
        Optional.ofNullable(secretDirectory),
        new Authorities(Optional.ofNullable(authorities), "source.git.caConfigMapRef"),
        allowsInsecureSources());
  }
}
