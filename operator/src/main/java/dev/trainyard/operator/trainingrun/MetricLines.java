package dev.trainyard.operator.trainingrun;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads metrics from a script's output: the two lines that {@code Run.log} of azureml-core prints
 * when it is not connected to a workspace, {@code Attempted to log scalar metric NAME:} and then
 * the value.
 */
final class MetricLines {
  private static final Pattern HEAD = Pattern.compile("Attempted to log scalar metric (.{1,255}):");
  private static final int MOST_METRICS = 64;
  private static final int LONGEST_VALUE = 128;

  private MetricLines() {}

  /** The newest value of each metric, in the order in which the metrics first appeared. */
  static Map<String, String> read(String output) {
    var metrics = new LinkedHashMap<String, String>();
    List<String> lines = output.lines().toList();
    for (int i = 0; i + 1 < lines.size(); i++) {
      Matcher head = HEAD.matcher(lines.get(i).strip());
      if (head.matches()) {
        String value = lines.get(i + 1).strip();
        boolean known = metrics.containsKey(head.group(1));
        if (value.length() <= LONGEST_VALUE && (known || metrics.size() < MOST_METRICS)) {
          metrics.put(head.group(1), value);
        }
      }
    }
    return metrics;
  }
}
