package dev.trainyard.snapshot;

import dev.trainyard.snapshot.SourceException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Follows the links of a source as a kernel would, on the way through other links too: {@code
 * up/../x} is a path inside by its letters, but not where {@code up} is a link to the root.
 */
final class LinkTargets {
  /** Linux gives up after as many: a loop leads nowhere. */
  private static final int MOST_LINKS = 40;

  private final Map<String, SourceFiles.Entry> entries;

  LinkTargets(Map<String, SourceFiles.Entry> entries) {
    this.entries = entries;
  }

  void check() throws SourceException {
    for (Map.Entry<String, SourceFiles.Entry> entry : entries.entrySet()) {
      if (entry.getValue() instanceof SourceFiles.Link link
          && (link.target().isEmpty() || escapes(entry.getKey()))) {
        throw new SourceException(
            Reason.PATH_ESCAPES,
            "The link '"
                + entry.getKey()
                + "' leads to '"
                + link.target()
                + "', out of the source directory: use a relative link inside it, or ignore it.");
      }
    }
  }

  private boolean escapes(String path) {
    Deque<String> left = new ArrayDeque<>(names(path));
    List<String> here = new ArrayList<>();
    int followed = 0;
    while (!left.isEmpty()) {
      String name = left.removeFirst();
      if (name.equals("..")) {
        if (here.isEmpty()) {
          return true;
        }
        here.removeLast();
        continue;
      }
      here.add(name);
      if (entries.get(String.join("/", here)) instanceof SourceFiles.Link link) {
        if (link.target().startsWith("/")) {
          return true;
        }
        if (++followed > MOST_LINKS) {
          return false;
        }
        here.removeLast();
        names(link.target()).reversed().forEach(left::addFirst);
      }
    }
    return false;
  }

  private static List<String> names(String path) {
    return Arrays.stream(path.split("/"))
        .filter(name -> !name.isEmpty() && !name.equals("."))
        .toList();
  }
}
