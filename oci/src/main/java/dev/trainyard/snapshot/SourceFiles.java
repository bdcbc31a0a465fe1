package dev.trainyard.snapshot;

import dev.trainyard.snapshot.SourceException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** The entries of a source directory by their path in it, with '/' between names, sorted. */
public final class SourceFiles {

  /** One entry of the directory. */
  public sealed interface Entry {}

  /** A regular file. */
  public record File(long size, boolean executable, Content content) implements Entry {}

  /** A symbolic link that stays inside the directory. */
  public record Link(String target) implements Entry {}

  /** Opens the bytes of a file. */
  @FunctionalInterface
  public interface Content {
    InputStream open() throws IOException;
  }

  private final SortedMap<String, Entry> entries;

  private SourceFiles(SortedMap<String, Entry> entries) {
    this.entries = entries;
  }

  /** The entries, sorted by path. */
  public SortedMap<String, Entry> entries() {
    return entries;
  }

  /**
   * Files that are held in memory, such as those of a ConfigMap.
   *
   * @throws SourceException when a path leads out of the directory
   */
  public static SourceFiles of(Map<String, byte[]> files) throws SourceException {
    var entries = new TreeMap<String, Entry>();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      String path = file.getKey();
      if (path.startsWith("/") || List.of(path.split("/")).contains("..")) {
        throw new SourceException(
            Reason.PATH_ESCAPES, "'" + path + "' is not a path inside the source directory.");
      }
      byte[] bytes = file.getValue();
      entries.put(path, new File(bytes.length, false, () -> new ByteArrayInputStream(bytes)));
    }
    return new SourceFiles(entries);
  }

  /**
   * The files below a directory that its ignore files do not leave out.
   *
   * @throws SourceException when a link leads out of the directory, or an entry is neither file,
   *     directory nor link
   */
  public static SourceFiles below(Path root) throws SourceException, IOException {
    var entries = new TreeMap<String, Entry>();
    IgnoreRules rules = IgnoreRules.of(root);
    var refused = new SourceException[1];
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (directory.equals(root)) {
              return FileVisitResult.CONTINUE;
            }
            return rules.ignores(relative(root, directory), true)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String path = relative(root, file);
            if (rules.ignores(path, false)) {
              return FileVisitResult.CONTINUE;
            }
            try {
              entries.put(path, entry(root, file, path, attributes));
              return FileVisitResult.CONTINUE;
            } catch (SourceException e) {
              refused[0] = e;
              return FileVisitResult.TERMINATE;
            }
          }
        });
    if (refused[0] != null) {
      throw refused[0];
    }
    return new SourceFiles(entries);
  }

  private static Entry entry(Path root, Path file, String path, BasicFileAttributes attributes)
      throws SourceException, IOException {
    if (attributes.isSymbolicLink()) {
      return link(root, file, path);
    }
    if (!attributes.isRegularFile()) {
      throw new SourceException(
          Reason.SOURCE_INVALID,
          "'" + path + "' is neither a file, a directory nor a link: remove or ignore it.");
    }
    return new File(attributes.size(), Files.isExecutable(file), () -> Files.newInputStream(file));
  }

  private static Link link(Path root, Path file, String path) throws SourceException, IOException {
    Path target = Files.readSymbolicLink(file);
    Path resolved = file.resolveSibling(target).normalize();
    if (target.isAbsolute() || !resolved.startsWith(root.normalize())) {
      throw new SourceException(
          Reason.PATH_ESCAPES,
          "The link '"
              + path
              + "' leads to '"
              + target
              + "', out of the source directory: use a relative link inside it, or ignore it.");
    }
    return new Link(target.toString());
  }

  private static String relative(Path root, Path path) {
    return root.relativize(path).toString();
  }
}
