package dev.trainyard.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One document, as GitHub reads it.
 *
 * @param anchors what a link into it can name behind {@code #}
 * @param links targets of its links and images outside fenced blocks
 * @param blocks its fenced blocks
 * @param code its code spans
 */
record Markdown(
    Path file, Set<String> anchors, List<String> links, List<Block> blocks, List<String> code) {
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern FENCE = Pattern.compile(" *```([a-z]*)");
  private static final Pattern HEADING = Pattern.compile("#{1,6} (.+)");
  private static final Pattern LINK =
      Pattern.compile("\\]\\(([^)\\s]+)\\)|(?:src|href|srcset)=\"([^\"]+)\"");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  /**
   * A fenced block.
   *
   * @param language word behind the fence
   * @param line number of its first line
   */
  record Block(String language, String text, int line) {}

  /** Every document of the repository. */
  static List<Markdown> all() {
    return files(ROOT, ".md").map(Markdown::read).toList();
  }

  /** The files with that ending that belong to the repository, sorted. */
  static Stream<Path> files(Path directory, String ending) {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .filter(file -> Stream.of("target", ".git", "node_modules").noneMatch(belowOf(file)))
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Predicate<String> belowOf(Path file) {
    return name -> {
      for (Path part : ROOT.relativize(file)) {
        if (part.toString().equals(name)) {
          return true;
        }
      }
      return false;
    };
  }

  static Markdown read(Path file) {
    var document =
        new Markdown(
            file, new LinkedHashSet<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    try {
      document.parse(Files.readAllLines(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return document;
  }

  private void parse(List<String> lines) {
    Map<String, Integer> seen = new HashMap<>();
    String language = "";
    StringBuilder block = null;
    int begin = 0;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      Matcher fence = FENCE.matcher(line);
      if (fence.matches()) {
        if (block == null) {
          language = fence.group(1);
          block = new StringBuilder();
          begin = i + 2;
        } else {
          blocks.add(new Block(language, block.toString(), begin));
          block = null;
        }
      } else if (block != null) {
        block.append(line).append('\n');
      } else {
        prose(line, seen);
      }
    }
  }

  private void prose(String line, Map<String, Integer> seen) {
    Matcher heading = HEADING.matcher(line);
    if (heading.matches()) {
      String anchor = anchor(heading.group(1));
      int before = seen.merge(anchor, 1, Integer::sum) - 1;
      anchors.add(before == 0 ? anchor : anchor + "-" + before);
    }
    CODE.matcher(line).results().forEach(span -> code.add(span.group(1)));
    LINK.matcher(CODE.matcher(line).replaceAll(""))
        .results()
        .forEach(link -> links.add(link.group(1) == null ? link.group(2) : link.group(1)));
  }

  private static String anchor(String heading) {
    return heading
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  @Override
  public String toString() {
    return ROOT.relativize(file).toString();
  }
}
