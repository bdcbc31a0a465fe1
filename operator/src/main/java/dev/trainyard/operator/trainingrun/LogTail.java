package dev.trainyard.operator.trainingrun;

import dev.trainyard.operator.status.Excerpt;
import java.util.List;

/** The last lines of an output, fit for a status. */
final class LogTail {
  private static final int LONGEST_LINE = 512;

  private LogTail() {}

  static String lastLines(String output, int count) {
    List<String> lines = output.lines().toList();
    return String.join(
        "\n",
        lines.subList(Math.max(0, lines.size() - count), lines.size()).stream()
            .map(line -> Excerpt.head(line, LONGEST_LINE))
            .toList());
  }
}
