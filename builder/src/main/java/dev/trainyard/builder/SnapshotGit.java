package dev.trainyard.builder;

import dev.trainyard.builder.git.GitRepository;
import dev.trainyard.builder.git.GitSource;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Patience;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SnapshotStore;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Packs a directory of a Git repository and says in the termination message what came of it: see
 * {@link SnapshotResult}. A commit's directory that was packed before is not fetched again: the
 * server is only asked, so that whoever may not read it any more does not get it either.
 */
@Command(name = "snapshot-git", description = "Packs a directory of a Git repository.")
final class SnapshotGit implements Callable<Integer> {
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

  @Option(names = "--repository", required = true, description = "Where the snapshot goes.")
  private String repository = "";

  @Option(names = "--registry-config", description = "Docker config.json for the registry.")
  private @Nullable Path registryConfig;

  @Option(
      names = "--registry-insecure",
      description = "Whether the registry speaks plain http.",
      defaultValue = "${env:TRAINYARD_REGISTRY_INSECURE:-false}")
  private String registryInsecure = "false";

  @Option(
      names = "--allow-insecure-sources",
      description = "Whether http URLs and private addresses are allowed.",
      defaultValue = "${env:TRAINYARD_ALLOW_INSECURE_SOURCES:-false}")
  private String allowInsecureSources = "false";

  @Option(names = "--result", description = "File for the result.")
  private Path result = Path.of("/dev/termination-log");

  @Override
  public Integer call() throws IOException {
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
    Repository target = target();
    var store = new SnapshotStore(new RegistryClient(endpoints(target), Patience.LONG));
    try (GitRepository git = GitRepository.open(source(), Files.createTempDirectory("source"))) {
      String found = git.commit();
      SourceKey key = SourceKey.of("git", url, found, path);
      Optional<Snapshot> known = store.remembered(target, key);
      if (known.isPresent()) {
        return SnapshotResult.of(known.get(), found);
      }
      Snapshot snapshot = store.pack(git.files(found), target);
      store.remember(target, key, snapshot);
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
        Boolean.parseBoolean(allowInsecureSources));
  }

  private Repository target() throws RegistryException, IOException {
    try {
      Credentials credentials =
          registryConfig == null
              ? Credentials.NONE
              : Credentials.fromDockerConfig(Files.readAllBytes(registryConfig));
      return Repository.of(ImageReference.parse(repository), credentials);
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          RegistryException.Kind.UNAUTHORIZED, String.valueOf(e.getMessage()), e);
    }
  }

  private RegistryEndpoints endpoints(Repository target) {
    boolean insecure = Boolean.parseBoolean(registryInsecure);
    return new RegistryEndpoints(Map.of(), insecure ? Set.of(target.registry()) : Set.of());
  }
}
