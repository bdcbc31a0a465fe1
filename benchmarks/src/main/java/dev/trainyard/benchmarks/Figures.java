package dev.trainyard.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What was measured, as a table for people and as JSON for programs. */
final class Figures {
  private final Map<String, String> values = new LinkedHashMap<>();

  /** Adds the median and the 99th percentile of some durations in milliseconds. */
  void percentiles(String name, List<Long> millis) {
    var sorted = new ArrayList<>(millis);
    sorted.sort(null);
    values.put(name + ", p50", at(sorted, 50) + " ms");
    values.put(name + ", p99", at(sorted, 99) + " ms");
  }

  void put(String name, String value) {
    values.put(name, value);
  }

  /** Nearest rank. */
  static long at(List<Long> sorted, int percentile) {
    int rank = (int) Math.ceil(percentile / 100.0 * sorted.size());
    return sorted.get(Math.clamp(rank - 1L, 0, sorted.size() - 1));
  }

  String table() {
    int width = values.keySet().stream().mapToInt(String::length).max().orElse(0);
    var text = new StringBuilder();
    values.forEach((name, value) ->
        text.append(String.format(Locale.ROOT, "%-" + (width + 2) + "s%s%n", name, value)));
    return text.toString();
  }

  Map<String, String> values() {
    return Map.copyOf(values);
  }
}
