package dev.trainyard.snapshot;

import dev.trainyard.snapshot.SourceException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The entries of a source directory that a snapshot has, by their path in it, with '/' between
 * names, sorted: what the ignore files leave out is gone, and nothing leads out of the directory.
 */
public final class SourceFiles {
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_PATH = 4_000;

  /** One entry of the directory. */
  public sealed interface Entry {}

  /** A regular file. */
  public record File(long size, boolean executable, Content content) implements Entry {}

  /** A symbolic link. */
  public record Link(String target) implements Entry {}

  /**
   * An entry that has no place in a snapshot. It may be left out by an ignore file.
   *
   * @param why what it is and what to do, to go on after its path
   */
  public record Unpackable(String why) implements Entry {}

  /** Opens the bytes of a file. */
  @FunctionalInterface
  public interface Content {
    InputStream open() throws IOException;
  }

  private final SortedMap<String, Entry> entries;

  private SourceFiles(SortedMap<String, Entry> entries) {
    this.entries = Collections.unmodifiableSortedMap(entries);
  }

  /** The files and links, sorted by path. */
  public SortedMap<String, Entry> entries() {
    return entries;
  }

  /**
   * Files that are held in memory, such as those of a ConfigMap.
   *
   * @throws SourceException when a path leads out of the directory
   */
  public static SourceFiles of(Map<String, byte[]> files) throws SourceException, IOException {
    var all = new TreeMap<String, Entry>();
    files.forEach((path, bytes) ->
        all.put(path, new File(bytes.length, false, () -> new ByteArrayInputStream(bytes))));
    return in(all);
  }

  /**
   * The files of a directory.
   *
   * @param all every entry of it but the directories, ignore files among them
   * @throws SourceException when an entry that is not left out leads out of the directory or cannot
   *     be packed
   */
  public static SourceFiles in(Map<String, Entry> all) throws SourceException, IOException {
    var rules = new IgnoreRules(all);
    var kept = new TreeMap<String, Entry>();
    for (Map.Entry<String, Entry> entry : all.entrySet()) {
      if (!rules.ignores(entry.getKey())) {
        check(entry.getKey(), entry.getValue());
        kept.put(entry.getKey(), entry.getValue());
      }
    }
    for (String path : kept.keySet()) {
      checkParents(path, kept);
    }
    new LinkTargets(kept).check();
    return new SourceFiles(kept);
  }

  private static void check(String path, Entry entry) throws SourceException {
    for (String name : path.split("/", -1)) {
      if (name.isEmpty() || name.equals(".") || name.equals("..")) {
        throw new SourceException(
            Reason.PATH_ESCAPES, "'" + path + "' is not a path inside the source directory.");
      }
      if (name.indexOf(0) >= 0 || name.getBytes(StandardCharsets.UTF_8).length > LONGEST_NAME) {
        throw invalid(path, "has a name that no Linux file system takes: rename it.");
      }
    }
    if (path.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
      throw invalid(path, "is longer than Linux takes: shorten it.");
    }
    if (entry instanceof Unpackable unpackable) {
      throw invalid(path, unpackable.why());
    }
  }

  private static void checkParents(String path, Map<String, Entry> kept) throws SourceException {
    for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      if (kept.containsKey(path.substring(0, slash))) {
        throw invalid(path, "is below '" + path.substring(0, slash) + "', which is a file.");
      }
    }
  }

  private static SourceException invalid(String path, String why) {
    String shown = path.length() > 200 ? path.substring(0, 200) + "..." : path;
    return new SourceException(Reason.SOURCE_INVALID, "'" + shown + "' " + why);
  }
}
