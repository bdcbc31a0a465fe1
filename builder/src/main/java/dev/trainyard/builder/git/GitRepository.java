package dev.trainyard.builder.git;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jgit.api.FetchCommand;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.errors.AmbiguousObjectException;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.TagOpt;
import org.eclipse.jgit.transport.URIish;

/**
 * A repository on a server, and the part of it that was fetched. Nothing is checked out: files are
 * read from Git's own objects, so that no name or link of the repository ever meets a file system.
 */
public final class GitRepository implements AutoCloseable {
  private static final String FETCHED = "refs/trainyard/source";

  private final GitSource source;
  private final URIish url;
  private final GitAccess access;
  private final Git git;

  private GitRepository(GitSource source, URIish url, GitAccess access, Git git) {
    this.source = source;
    this.url = url;
    this.access = access;
    this.git = git;
  }

  /**
   * Makes ready to fetch; nothing is asked of the server yet.
   *
   * @param directory an empty directory for what is fetched
   * @throws SourceException when the URL is not allowed or the Secret cannot be used
   */
  public static GitRepository open(GitSource source, Path directory)
      throws SourceException, IOException {
    URIish url = source.checkedUrl();
    GitAccess access = GitAccess.of(source, url, Files.createDirectory(directory.resolve("ssh")));
    try {
      Path objects = directory.resolve("repository.git");
      Git git = Git.init().setBare(true).setDirectory(objects.toFile()).call();
      // Nothing is kept here: there is nothing to tidy up.
      git.getRepository().getConfig().setInt("gc", null, "auto", 0);
      git.getRepository().getConfig().setBoolean("gc", null, "autoDetach", false);
      return new GitRepository(source, url, access, git);
    } catch (GitAPIException e) {
      access.close();
      throw new IOException("A repository cannot be made in " + directory, e);
    }
  }

  /**
   * Asks the server which commit is meant. Only a shortened commit id needs a fetch for it.
   *
   * @return full id of the commit
   */
  public String commit() throws SourceException, IOException {
    Map<String, Ref> refs = refs();
    Optional<String> commit = source.commit();
    if (commit.isPresent()) {
      return ObjectId.isId(commit.get()) ? commit.get() : complete(commit.get());
    }
    String name =
        source
            .branch()
            .map(branch -> Constants.R_HEADS + branch)
            .or(() -> source.tag().map(tag -> Constants.R_TAGS + tag))
            .orElse(Constants.HEAD);
    Ref ref = refs.get(name);
    ObjectId peeled = ref == null ? null : ref.getPeeledObjectId();
    ObjectId id = peeled != null || ref == null ? peeled : ref.getObjectId();
    if (id == null) {
      throw source.refNotFound();
    }
    return id.name();
  }

  private Map<String, Ref> refs() throws SourceException {
    try {
      return access.configure(git.lsRemote().setRemote(url.toPrivateString())).callAsMap();
    } catch (GitAPIException e) {
      throw GitTrouble.of(source, e);
    }
  }

  private String complete(String start) throws SourceException, IOException {
    fetchAll();
    try {
      ObjectId id = git.getRepository().resolve(start + "^{commit}");
      if (id == null) {
        throw source.refNotFound();
      }
      return id.name();
    } catch (AmbiguousObjectException e) {
      throw source.ambiguous(e);
    } catch (IncorrectObjectTypeException e) {
      throw source.refNotFound();
    }
  }

  /** Fetches a commit, without its history where the server can, and reads its files. */
  public SourceFiles files(String commit) throws SourceException, IOException {
    fetch(commit);
    Repository repository = git.getRepository();
    try (var walk = new RevWalk(repository)) {
      RevCommit found = walk.parseCommit(ObjectId.fromString(commit));
      return SourceFiles.in(new GitTree(repository, source).entries(found.getTree()));
    } catch (MissingObjectException | IncorrectObjectTypeException e) {
      throw source.refNotFound();
    }
  }

  private void fetch(String commit) throws SourceException, IOException {
    if (git.getRepository().getObjectDatabase().has(ObjectId.fromString(commit))) {
      return;
    }
    try {
      fetch().setDepth(1).setRefSpecs(new RefSpec(commit + ":" + FETCHED)).call();
    } catch (GitAPIException e) {
      // Not every server gives out a commit by its id, and one may lie anywhere in the history.
      fetchAll();
    }
  }

  private void fetchAll() throws SourceException {
    try {
      fetch().setRefSpecs("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*").call();
    } catch (GitAPIException e) {
      throw GitTrouble.of(source, e);
    }
  }

  private FetchCommand fetch() {
    return access
        .configure(git.fetch())
        .setRemote(url.toPrivateString())
        .setTagOpt(TagOpt.NO_TAGS)
        .setCheckFetchedObjects(true);
  }

  @Override
  public void close() {
    git.close();
    access.close();
  }
}
