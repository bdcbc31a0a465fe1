package dev.trainyard.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jgit.ignore.IgnoreNode;
import org.eclipse.jgit.ignore.IgnoreNode.MatchResult;

/**
 * What a snapshot leaves out, in gitignore syntax: {@code .amlignore} at the root takes the place
 * of every {@code .gitignore}; without it each directory's {@code .gitignore} counts, as in Git.
 * With neither, nothing is left out but {@code .git} itself. (Azure ML, "Save and track
 * snapshots".)
 */
final class IgnoreRules {
  private final Path root;
  private final Optional<IgnoreNode> amlIgnore;
  private final Map<String, Optional<IgnoreNode>> gitIgnores = new HashMap<>();

  private IgnoreRules(Path root, Optional<IgnoreNode> amlIgnore) {
    this.root = root;
    this.amlIgnore = amlIgnore;
  }

  static IgnoreRules of(Path root) throws IOException {
    return new IgnoreRules(root, read(root.resolve(".amlignore")));
  }

  /**
   * Whether an entry is left out. Entries below a directory that is left out are not asked for.
   *
   * @param path relative to the root, with '/' between names
   */
  boolean ignores(String path, boolean directory) throws IOException {
    if (path.equals(".git")) {
      return true;
    }
    if (amlIgnore.isPresent()) {
      return amlIgnore.get().isIgnored(path, directory) == MatchResult.IGNORED;
    }
    String parent = path;
    do {
      parent = parent.contains("/") ? parent.substring(0, parent.lastIndexOf('/')) : "";
      Optional<IgnoreNode> rules = gitIgnore(parent);
      if (rules.isPresent()) {
        String below = parent.isEmpty() ? path : path.substring(parent.length() + 1);
        MatchResult result = rules.get().isIgnored(below, directory);
        if (result == MatchResult.IGNORED || result == MatchResult.NOT_IGNORED) {
          return result == MatchResult.IGNORED;
        }
      }
    } while (!parent.isEmpty());
    return false;
  }

  private Optional<IgnoreNode> gitIgnore(String directory) throws IOException {
    Optional<IgnoreNode> known = gitIgnores.get(directory);
    if (known != null) {
      return known;
    }
    Optional<IgnoreNode> read = read(root.resolve(directory).resolve(".gitignore"));
    gitIgnores.put(directory, read);
    return read;
  }

  private static Optional<IgnoreNode> read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    var node = new IgnoreNode();
    try (InputStream in = Files.newInputStream(file)) {
      node.parse(in);
    }
    return Optional.of(node);
  }
}
