package dev.trainyard.builder.git;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jgit.api.CloneCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;

/**
 * A directory of a Git repository at a branch, a tag or a commit; with none of them, of the
 * repository's default branch. Submodules are not followed.
 *
 * @param secretDirectory where the keys of the Secret are files: username and password or token for
 *     https, ssh-privatekey and known_hosts for ssh
 * @param allowInsecure whether http URLs are allowed
 */
public record GitSource(
    String url,
    Optional<String> branch,
    Optional<String> tag,
    Optional<String> commit,
    String path,
    Optional<Path> secretDirectory,
    boolean allowInsecure) {

  /** Fetches the commit and lays its files out below a directory. */
  public Checkout checkOut(Path directory) throws SourceException, IOException {
    checkUrl();
    try (var access = GitAccess.of(this);
        Git git = access.configure(clone(directory)).call()) {
      ObjectId id = resolve(git.getRepository());
      git.checkout().setName(id.name()).setForced(true).call();
      return new Checkout(source(directory), id.name());
    } catch (GitAPIException e) {
      throw GitTrouble.of(url, wanted(), e);
    }
  }

  private void checkUrl() throws SourceException {
    String lower = url.toLowerCase(Locale.ROOT);
    boolean ssh = lower.startsWith("ssh://") || url.matches("[^/@\\s]+@[^/:\\s]+:.+");
    boolean plain = lower.startsWith("http://") || lower.startsWith("file://");
    if (!lower.startsWith("https://") && !ssh && !(plain && allowInsecure)) {
      throw new SourceException(
          Reason.URL_NOT_ALLOWED,
          "The URL "
              + url
              + " is not allowed: use https:// or ssh://. An administrator can allow http with"
              + " the chart's value allowInsecureSources.");
    }
  }

  private CloneCommand clone(Path directory) {
    var clone =
        Git.cloneRepository()
            .setURI(url)
            .setDirectory(directory.toFile())
            .setNoCheckout(true)
            .setTimeout(60);
    // A commit may lie anywhere in the history; a branch or tag is wanted at its tip.
    if (commit.isEmpty()) {
      clone.setDepth(1);
      branch.ifPresent(name -> clone.setBranch("refs/heads/" + name));
      tag.ifPresent(name -> clone.setBranch("refs/tags/" + name));
    }
    return clone;
  }

  private ObjectId resolve(Repository repository) throws SourceException, IOException {
    String name =
        commit
            .or(() -> branch.map(b -> "refs/remotes/origin/" + b))
            .or(() -> tag.map(t -> "refs/tags/" + t))
            .orElse("HEAD");
    ObjectId id = repository.resolve(name + "^{commit}");
    if (id == null) {
      throw new SourceException(
          Reason.REF_NOT_FOUND, "The repository " + url + " has no " + wanted() + ".");
    }
    try (var walk = new RevWalk(repository)) {
      RevCommit found = walk.parseCommit(id);
      return found.getId();
    }
  }

  /** What is fetched, for a sentence. */
  private String wanted() {
    return commit
        .map(c -> "commit " + c)
        .or(() -> branch.map(b -> "branch " + b))
        .or(() -> tag.map(t -> "tag " + t))
        .orElse("commit");
  }

  private Path source(Path root) throws SourceException {
    if (path.isEmpty()) {
      return root;
    }
    Path directory = root.resolve(path).normalize();
    if (!directory.startsWith(root)) {
      throw new SourceException(
          Reason.PATH_ESCAPES, "source.git.path '" + path + "' leads out of the repository.");
    }
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      throw new SourceException(
          Reason.PATH_NOT_FOUND,
          "source.git.path '" + path + "' is not a directory of the repository.");
    }
    return directory;
  }
}
