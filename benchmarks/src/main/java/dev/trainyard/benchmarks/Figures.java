package dev.trainyard.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What was measured, as a table for people and as JSON for programs. */
final class Figures {
  /**
   * One figure.
   *
   * @param target what it ought to be, or nothing
   */
  record Figure(String name, double value, String unit, String target) {}

  private final Map<String, String> machine;
  private final List<Figure> figures = new ArrayList<>();

  /**
   * @param machine what the figures were measured on
   */
  Figures(Map<String, String> machine) {
    this.machine = new TreeMap<>(machine);
  }

  /** Adds the median and the 99th percentile of some durations in milliseconds. */
  void percentiles(String name, List<Long> millis) {
    var sorted = new ArrayList<>(millis);
    sorted.sort(null);
    put(name + ", p50", at(sorted, 50), "ms");
    put(name + ", p99", at(sorted, 99), "ms");
  }

  void put(String name, double value, String unit) {
    put(name, value, unit, "");
  }

  void put(String name, double value, String unit, String target) {
    figures.add(new Figure(name, value, unit, target));
  }

  /** Nearest rank. */
  static long at(List<Long> sorted, int percentile) {
    int rank = (int) Math.ceil(percentile / 100.0 * sorted.size());
    return sorted.get(Math.clamp(rank - 1L, 0, sorted.size() - 1));
  }

  /** Median of some values. */
  static double median(List<Double> values) {
    return values.stream().sorted().skip((values.size() - 1) / 2).findFirst().orElseThrow();
  }

  String table() {
    var text = new StringBuilder();
    machine.forEach((name, value) -> text.append("%-18s%s%n".formatted(name, value)));
    text.append("%n%-50s%12s %-8s%s%n".formatted("", "", "", "target"));
    for (Figure figure : figures) {
      text.append(
          String.format(
              Locale.ROOT,
              "%-50s%12s %-8s%s%n",
              figure.name(),
              number(figure.value()),
              figure.unit(),
              figure.target()));
    }
    return text.toString();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value == Math.rint(value) ? "%.0f" : "%.2f", value);
  }

  Map<String, Object> values() {
    return Map.of("machine", machine, "figures", figures);
  }
}
