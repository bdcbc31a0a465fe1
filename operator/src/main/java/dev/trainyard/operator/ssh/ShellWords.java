package dev.trainyard.operator.ssh;

import java.util.List;
import java.util.stream.Collectors;

/**
 * SSH sends one line to the user's login shell. Here words become a line that any POSIX shell takes
 * apart into the very same words, whatever they contain.
 */
public final class ShellWords {
  private ShellWords() {}

  /**
   * The line.
   *
   * @throws IllegalArgumentException for a NUL, which no word can hold
   */
  public static String line(List<String> words) {
    return words.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
  }

  private static String quoted(String word) {
    if (word.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a word of a command cannot hold a NUL");
    }
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
