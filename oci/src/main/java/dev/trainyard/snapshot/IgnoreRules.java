package dev.trainyard.snapshot;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jgit.ignore.IgnoreNode;
import org.eclipse.jgit.ignore.IgnoreNode.MatchResult;

/**
 * What a snapshot leaves out, in gitignore syntax: {@code .amlignore} at the root takes the place
 * of every {@code .gitignore}; without it each directory's {@code .gitignore} counts, as in Git.
 * With neither, nothing is left out but {@code .git} itself. (Azure ML, "Save and track
 * snapshots".) An ignore file that is a link counts for nothing, as in Git.
 */
final class IgnoreRules {
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  private final Map<String, SourceFiles.Entry> all;
  private final Optional<IgnoreNode> amlIgnore;
  private final Map<String, Optional<IgnoreNode>> gitIgnores = new HashMap<>();
  private final Map<String, Boolean> directories = new HashMap<>();

  /**
   * @param all every entry of the source directory by path, ignore files among them
   */
  IgnoreRules(Map<String, SourceFiles.Entry> all) throws IOException {
    this.all = all;
    this.amlIgnore = read(".amlignore");
  }

  /**
   * Whether a file is left out: by a rule of its own, or because a directory above it is. As in
   * Git, nothing below a directory that is left out can be brought back.
   *
   * @param path relative to the root, with '/' between names
   */
  boolean ignores(String path) throws IOException {
    return ignoresDirectory(parent(path)) || matches(path, false);
  }

  private boolean ignoresDirectory(String path) throws IOException {
    if (path.isEmpty()) {
      return false;
    }
    Boolean known = directories.get(path);
    if (known == null) {
      known = ignoresDirectory(parent(path)) || matches(path, true);
      directories.put(path, known);
    }
    return known;
  }

  private boolean matches(String path, boolean directory) throws IOException {
    if (path.equals(".git") || path.endsWith("/.git")) {
      return true;
    }
    if (amlIgnore.isPresent()) {
      return amlIgnore.get().isIgnored(path, directory) == MatchResult.IGNORED;
    }
    String above = path;
    do {
      above = parent(above);
      Optional<IgnoreNode> rules = gitIgnore(above);
      if (rules.isPresent()) {
        String below = above.isEmpty() ? path : path.substring(above.length() + 1);
        MatchResult result = rules.get().isIgnored(below, directory);
        if (result == MatchResult.IGNORED || result == MatchResult.NOT_IGNORED) {
          return result == MatchResult.IGNORED;
        }
      }
    } while (!above.isEmpty());
    return false;
  }

  private Optional<IgnoreNode> gitIgnore(String directory) throws IOException {
    Optional<IgnoreNode> known = gitIgnores.get(directory);
    if (known == null) {
      known = read(directory.isEmpty() ? ".gitignore" : directory + "/.gitignore");
      gitIgnores.put(directory, known);
    }
    return known;
  }

  private Optional<IgnoreNode> read(String path) throws IOException {
    if (!(all.get(path) instanceof SourceFiles.File file)) {
      return Optional.empty();
    }
    var node = new IgnoreNode();
    try (InputStream in = file.content().open()) {
      byte[] bytes = in.readAllBytes();
      // Editors on Windows put a mark in front, which would become part of the first pattern.
      boolean marked = bytes.length >= 3 && Arrays.equals(bytes, 0, 3, BYTE_ORDER_MARK, 0, 3);
      int start = marked ? 3 : 0;
      node.parse(new ByteArrayInputStream(bytes, start, bytes.length - start));
    }
    return Optional.of(node);
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }
}
