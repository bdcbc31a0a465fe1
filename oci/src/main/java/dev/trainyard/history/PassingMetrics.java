package dev.trainyard.history;

import dev.trainyard.oci.BlockInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the metrics of files while their content goes by on its way to somewhere else. The files
 * and rules are those of {@link MetricFiles}; of a very long line nothing is read. Used by one
 * thread at a time.
 */
public final class PassingMetrics {
  private static final int LONGEST_LINE = 4_096;
  private static final long MOST_VALUES = 200_000;

  private final Writer series;
  private final Map<String, String> newest = new LinkedHashMap<>();
  private final Map<String, String> written = new LinkedHashMap<>();
  private long values;

  /**
   * @param series gets every value of every MLflow metric as a JSON object a line
   */
  public PassingMetrics(Writer series) {
    this.series = series;
  }

  /** The same entries; the metrics among them are read while they are told. */
  public Entries of(String title, Entries entries) {
    return visitor -> entries.visit(entry -> visitor.visit(tapped(title, entry)));
  }

  /** The newest value of each metric; those of {@code metrics.json} count most. */
  public Map<String, String> newest() {
    var all = new LinkedHashMap<>(newest);
    written.forEach((name, value) -> MetricFiles.put(name, value, all));
    return all;
  }

  private Entry tapped(String title, Entry entry) {
    if (!(entry instanceof Entry.File file)) {
      return entry;
    }
    String path = title + "/" + file.path();
    Optional<String> metric = MetricFiles.seriesName(path);
    boolean isMetrics =
        path.equals(MetricFiles.JSON_FILE) && file.size() <= MetricFiles.LARGEST_JSON;
    if (!isMetrics && metric.isEmpty()) {
      return entry;
    }
    return new Entry.File(
        file.path(),
        file.size(),
        file.modified(),
        file.executable(),
        () ->
            isMetrics
                ? new JsonTap(file.content().open())
                : new SeriesTap(file.content().open(), metric.orElseThrow()));
  }

  /** Passes on what is read of a file and sees it, too. */
  private abstract static class Tap extends BlockInputStream {
    Tap(InputStream in) {
      super(in);
    }

    abstract void see(byte[] bytes, int offset, int count) throws IOException;

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int count = in.read(bytes, offset, length);
      if (count > 0) {
        see(bytes, offset, count);
      }
      return count;
    }
  }

  private final class JsonTap extends Tap {
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

    JsonTap(InputStream in) {
      super(in);
    }

    @Override
    void see(byte[] bytes, int offset, int count) {
      seen.write(bytes, offset, count);
    }

    @Override
    public void close() throws IOException {
      super.close();
      MetricFiles.collect("", MetricFiles.json(seen.toByteArray()), written);
    }
  }

  private final class SeriesTap extends Tap {
    private final String metric;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    SeriesTap(InputStream in, String metric) {
      super(in);
      this.metric = metric;
    }

    @Override
    void see(byte[] bytes, int offset, int count) throws IOException {
      for (int i = offset; i < offset + count; i++) {
        if (bytes[i] == '\n') {
          tell();
        } else if (line.size() <= LONGEST_LINE) {
          line.write(bytes[i]);
        }
      }
    }

    private void tell() throws IOException {
      String[] words = line.toString(StandardCharsets.UTF_8).strip().split(" ");
      boolean isValue = words.length >= 2 && line.size() <= LONGEST_LINE;
      line.reset();
      if (isValue) {
        MetricFiles.put(metric, words[1], newest);
        if (values++ < MOST_VALUES) {
          MetricFiles.write(metric, words, series);
        }
      }
    }

    @Override
    public void close() throws IOException {
      super.close();
      tell();
    }
  }
}
