package dev.trainyard.operator.history;

import java.util.ArrayDeque;
import java.util.Deque;

/** The last lines of an output, fit for a status. */
final class LogTail {
  private static final int LONGEST_LINE = 512;

  private final int count;
  private final Deque<String> lines = new ArrayDeque<>();

  LogTail(int count) {
    this.count = count;
  }

  void line(String line) {
    if (lines.size() == count) {
      lines.removeFirst();
    }
    lines.addLast(line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) : line);
  }

  String text() {
    return String.join("\n", lines);
  }
}
