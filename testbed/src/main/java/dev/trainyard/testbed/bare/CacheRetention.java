package dev.trainyard.testbed.bare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Finds what nobody used for long in the cache, which all checkouts of a user share: what other
 * versions of the testbed made, and the state of clusters whose checkout is gone. Each use leaves a
 * mark; what has none yet, since an earlier version made it, gets one and with it its time.
 */
final class CacheRetention {
  static final Duration KEPT = Duration.ofDays(30);

  private static final List<String> MADE = List.of("bin-", "layers-", "packages-");

  private final Path cache;
  private final Clock clock;

  CacheRetention(Path cache, Clock clock) {
    this.cache = cache;
    this.clock = clock;
  }

  /** Says that something in the cache is used now. */
  void use(Path entry) throws IOException {
    Path mark = mark(entry);
    Files.createDirectories(mark.getParent());
    Files.writeString(mark, "");
    Files.setLastModifiedTime(mark, FileTime.from(clock.instant()));
  }

  /**
   * What may be removed.
   *
   * @param running names of the clusters that run
   */
  Set<Path> unused(Set<String> running) throws IOException {
    var unused = new TreeSet<Path>();
    for (Path entry : entries(cache)) {
      String name = entry.getFileName().toString();
      if (MADE.stream().anyMatch(name::startsWith) && isOld(entry) && !isServed(entry)) {
        unused.add(entry);
      }
    }
    for (Path entry : entries(cache.resolve("clusters"))) {
      if (!running.contains(entry.getFileName().toString()) && isOld(entry)) {
        unused.add(entry);
      }
    }
    return unused;
  }

  /** Forgets what was removed. */
  void removed(Path entry) throws IOException {
    Files.deleteIfExists(mark(entry));
  }

  private boolean isOld(Path entry) throws IOException {
    Path mark = mark(entry);
    if (!Files.exists(mark)) {
      use(entry);
    }
    Instant used = Files.getLastModifiedTime(mark).toInstant();
    return used.plus(KEPT).isBefore(clock.instant());
  }

  /** Whether a cluster that is kept serves packages from it. */
  private boolean isServed(Path entry) throws IOException {
    for (Path cluster : entries(cache.resolve("clusters"))) {
      Path link = cluster.resolve("packages").resolve("channel");
      if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).startsWith(entry)) {
        return true;
      }
    }
    return false;
  }

  private Path mark(Path entry) {
    return cache.resolve("used").resolve(entry.getFileName().toString());
  }

  private static List<Path> entries(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).sorted().toList();
    }
  }
}
