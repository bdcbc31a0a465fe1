package dev.trainyard.history;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * The entries below a directory of another machine, which sends it as a tar. The machine's word is
 * taken for nothing: the same is kept and left out as by {@link DirectoryEntries}, whatever names,
 * links, sizes and types the tar has. Nothing is held in memory but the names of links.
 */
public final class ArchiveEntries implements Entries {
  private static final int LONGEST_PATH = 4_096;
  private static final int MOST_LINKS = 10_000;
  private static final int MOST_HARD_LINKS = 1_000;
  private static final long LATEST = 253_402_300_799L;

  /** Where the tars come from. */
  @FunctionalInterface
  public interface Archive {

    /**
     * Opens a tar of something; the last of its names comes first in those of the tar. Empty when
     * it is not there.
     *
     * @param path below the working directory of the script
     */
    Optional<InputStream> open(String path) throws IOException;
  }

  private final Archive archive;
  private final String directory;
  private final String root;
  private final long mostBytes;

  /**
   * @param directory below the working directory of the script
   * @param mostBytes how much is read of it; the entry that would be more, and all that come after
   *     it, are left out
   */
  public ArchiveEntries(Archive archive, String directory, long mostBytes) {
    this.archive = archive;
    this.directory = directory;
    this.root = directory.substring(directory.lastIndexOf('/') + 1);
    this.mostBytes = mostBytes;
  }

  /** Whether there is anything to tell. */
  public boolean areThere() throws IOException {
    Optional<InputStream> opened = archive.open(directory);
    if (opened.isEmpty()) {
      return false;
    }
    try (var tar = new GuardedTar(opened.get())) {
      for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
        boolean isRoot = path(entry.get().getName()).filter(String::isEmpty).isPresent();
        if (!isRoot || !entry.get().isDirectory()) {
          return true;
        }
      }
      return false;
    }
  }

  @Override
  public void visit(Visitor visitor) throws IOException {
    Optional<InputStream> opened = archive.open(directory);
    if (opened.isEmpty()) {
      return;
    }
    var walk = new Walk(visitor);
    try (var tar = new GuardedTar(opened.get())) {
      walk.run(tar);
    }
    // Only now: an engine hands out one tar of a container at a time.
    walk.hardLinks();
  }

  /** The path below the directory; empty where the name leads anywhere else. */
  private Optional<String> path(String name) {
    List<String> names = new ArrayList<>();
    for (String part : name.split("/")) {
      if (part.equals("..")) {
        return Optional.empty();
      }
      if (!part.isEmpty() && !part.equals(".")) {
        names.add(part);
      }
    }
    boolean usable =
        !name.startsWith("/")
            && name.indexOf('\0') < 0
            && name.length() <= LONGEST_PATH
            && !names.isEmpty()
            && names.getFirst().equals(root);
    return usable
        ? Optional.of(String.join("/", names.subList(1, names.size())))
        : Optional.empty();
  }

  private static Instant modified(TarArchiveEntry entry) {
    long second = entry.getLastModifiedTime().toInstant().getEpochSecond();
    return Instant.ofEpochSecond(Math.clamp(second, 0, LATEST));
  }

  private static boolean isPlainFile(TarArchiveEntry entry) {
    // The library takes devices and pipes for files, too.
    byte type = entry.getLinkFlag();
    return !entry.isSparse()
        && !entry.getName().endsWith("/")
        && (type == TarConstants.LF_NORMAL || type == TarConstants.LF_OLDNORM);
  }

  /** One pass over one tar. */
  private final class Walk {
    private final Visitor visitor;
    private final Set<String> links = new HashSet<>();

    /** The other name of each. */
    private final Map<String, String> hardLinks = new LinkedHashMap<>();

    private long before;

    Walk(Visitor visitor) {
      this.visitor = visitor;
    }

    void run(GuardedTar tar) throws IOException {
      for (var entry = tar.next(); entry.isPresent(); entry = tar.next()) {
        if (!tell(entry.get(), tar)) {
          hardLinks.clear();
          return;
        }
      }
      before = tar.read();
      tar.finish();
    }

    /** Tells an entry; false when nothing that comes after it is to be told. */
    private boolean tell(TarArchiveEntry entry, GuardedTar tar) throws IOException {
      Optional<String> known = path(entry.getName());
      if (known.isEmpty()) {
        skip(entry.getName(), "has a name that leads out of the directory");
        return isAffordable(entry.getName(), tar.read());
      }
      String path = known.get();
      if (path.isEmpty()) {
        if (!entry.isDirectory()) {
          skip(path, "is not a directory any more, and is not followed");
        }
        return entry.isDirectory();
      }
      if (entry.isSparse()) {
        skip(path, "is sparse in a way that is not read; what comes after it is left out, too");
        return false;
      }
      if (!isAffordable(path, tar.read() + (isPlainFile(entry) ? entry.getSize() : 0))) {
        return false;
      }
      if (isBelowLink(path)) {
        skip(path, "is or lies below what is a link");
      } else if (entry.isDirectory()) {
        visitor.visit(new Entry.Directory(path, modified(entry)));
      } else if (entry.isSymbolicLink()) {
        link(path, entry.getLinkName());
      } else if (entry.isLink()) {
        hardLink(path, entry.getLinkName());
      } else if (isPlainFile(entry)) {
        visitor.visit(file(path, entry, tar));
      } else {
        skip(path, "is neither a file, a directory nor a link");
      }
      return true;
    }

    private boolean isAffordable(String path, long bytes) throws IOException {
      if (bytes >= 0 && bytes <= mostBytes) {
        return true;
      }
      skip(
          path,
          "is too much: of a directory up to "
              + (mostBytes >> 30)
              + " GiB are stored, and it and what comes after it are left out");
      return false;
    }

    private boolean isBelowLink(String path) {
      if (links.isEmpty()) {
        return false;
      }
      for (int end = path.length(); end > 0; end = path.lastIndexOf('/', end - 1)) {
        if (links.contains(path.substring(0, end))) {
          return true;
        }
      }
      return false;
    }

    private void link(String path, String target) throws IOException {
      if (links.size() == MOST_LINKS) {
        skip(path, "is a link after " + MOST_LINKS + " others");
        return;
      }
      links.add(path);
      visitor.visit(Links.entry(path, target));
    }

    private void hardLink(String path, String other) throws IOException {
      Optional<String> target = path(other).filter(name -> !name.isEmpty());
      if (target.isEmpty()) {
        skip(path, "is a hard link to something outside of the directory");
      } else if (hardLinks.size() == MOST_HARD_LINKS) {
        skip(path, "is a hard link after " + MOST_HARD_LINKS + " others");
      } else {
        hardLinks.put(path, target.get());
      }
    }

    /** The other name's content is asked for again, so that each name is a file of its own. */
    void hardLinks() throws IOException {
      for (Map.Entry<String, String> link : hardLinks.entrySet()) {
        Optional<InputStream> opened = archive.open(directory + "/" + link.getValue());
        if (opened.isEmpty()) {
          skip(link.getKey(), "is a hard link to something that is not there");
          continue;
        }
        try (var again = new GuardedTar(opened.get())) {
          Optional<TarArchiveEntry> found = again.next().filter(ArchiveEntries::isPlainFile);
          if (found.isEmpty()) {
            skip(link.getKey(), "is a hard link to something that is no file");
          } else if (isAffordable(link.getKey(), before + found.get().getSize())) {
            visitor.visit(file(link.getKey(), found.get(), again));
            before += found.get().getSize();
          }
        }
      }
    }

    private Entry.File file(String path, TarArchiveEntry entry, GuardedTar from) {
      return new Entry.File(
          path, entry.getSize(), modified(entry), (entry.getMode() & 0100) != 0, from::content);
    }

    private void skip(String path, String why) throws IOException {
      visitor.visit(new Entry.Skipped(path, why));
    }
  }
}
