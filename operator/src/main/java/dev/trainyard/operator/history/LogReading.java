package dev.trainyard.operator.history;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a script's output line by line for what it says about the run. Bounded, whatever the script
 * prints; used by one thread.
 *
 * <ul>
 *   <li>Metrics: the two lines that {@code Run.log} of azureml-core prints when it is not connected
 *       to a workspace, {@code Attempted to log scalar metric NAME:} and then the value.
 *   <li>Progress: a line {@code trainyard: progress TEXT}, such as {@code trainyard: progress 40%};
 *       else the metric {@code progress}; else the line {@code Epoch 3/10} that Keras prints.
 * </ul>
 */
public final class LogReading {
  private static final Pattern METRIC =
      Pattern.compile("Attempted to log scalar metric (.{1,255}):");
  private static final Pattern PROGRESS = Pattern.compile("trainyard: progress (.{1,40}).*");
  private static final Pattern EPOCH = Pattern.compile("Epoch (\\d{1,9}/\\d{1,9}).*");
  private static final String PROGRESS_METRIC = "progress";
  private static final int MOST_METRICS = 64;
  private static final int LONGEST_VALUE = 128;
  private static final int LAST_LINES = 20;

  private final Map<String, String> metrics = new LinkedHashMap<>();
  private final LogTail tail = new LogTail(LAST_LINES);
  private final BiConsumer<String, String> series;
  private @Nullable String pending;
  private @Nullable String said;
  private @Nullable String epoch;

  /** Reads for the newest values only. */
  public LogReading() {
    this((name, value) -> {});
  }

  /**
   * Reads for the newest values and every value.
   *
   * @param series is told each value of each metric
   */
  LogReading(BiConsumer<String, String> series) {
    this.series = series;
  }

  /** Reads a text that is there as a whole. */
  public static LogReading of(String text) {
    var reading = new LogReading();
    text.lines().forEach(reading::line);
    return reading;
  }

  void line(String line) {
    tail.line(line);
    String text = line.strip();
    if (pending != null) {
      metric(pending, text);
      pending = null;
      return;
    }
    Matcher metric = METRIC.matcher(text);
    Matcher progress = PROGRESS.matcher(text);
    Matcher keras = EPOCH.matcher(text);
    if (metric.matches()) {
      pending = metric.group(1);
    } else if (progress.matches()) {
      said = progress.group(1).strip();
    } else if (keras.matches()) {
      epoch = "epoch " + keras.group(1);
    }
  }

  private void metric(String name, String value) {
    if (value.length() <= LONGEST_VALUE
        && (metrics.containsKey(name) || metrics.size() < MOST_METRICS)) {
      metrics.put(name, value);
      series.accept(name, value);
    }
  }

  /** The newest value of each metric, in the order in which the metrics first appeared. */
  public Map<String, String> metrics() {
    return metrics;
  }

  /** What the script said last about how far it is. */
  public Optional<String> progress() {
    return Optional.ofNullable(said)
        .or(() -> Optional.ofNullable(metrics.get(PROGRESS_METRIC)).map(LogReading::percent))
        .or(() -> Optional.ofNullable(epoch));
  }

  /** A number above 1 is taken for percent, one up to 1 for a share. */
  private static String percent(String value) {
    try {
      double number = Double.parseDouble(value);
      return Math.round(number > 1 ? number : number * 100) + "%";
    } catch (NumberFormatException e) {
      return value.length() > 40 ? value.substring(0, 40) : value;
    }
  }

  /** The last lines. */
  public String lastLines() {
    return tail.text();
  }
}
