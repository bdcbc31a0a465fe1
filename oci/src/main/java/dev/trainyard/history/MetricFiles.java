package dev.trainyard.history;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads the metrics that a script left in files: the numbers of {@code outputs/metrics.json}, and
 * the series of MLflow's file store, {@code mlruns/<experiment>/<run>/metrics/<name>}, whose lines
 * are {@code <milliseconds> <value> <step>}.
 */
public final class MetricFiles {
  static final String JSON_FILE = "outputs/metrics.json";
  static final long LARGEST_JSON = 1 << 20;

  private static final String STORE = "mlruns";
  private static final int MOST_METRICS = 64;
  private static final int LONGEST_VALUE = 128;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path root;

  /**
   * @param root the working directory of the script
   */
  public MetricFiles(Path root) {
    this.root = root;
  }

  /** The newest value of each metric; {@code metrics.json} comes last and counts most. */
  public Map<String, String> newest() throws IOException {
    var metrics = new LinkedHashMap<String, String>();
    for (Path series : series()) {
      String last = lastLine(series);
      String[] words = last.split(" ");
      if (words.length >= 2) {
        put(name(series), words[1], metrics);
      }
    }
    Path file = root.resolve(JSON_FILE);
    if (Files.isRegularFile(file) && Files.size(file) <= LARGEST_JSON) {
      collect("", json(Files.readAllBytes(file)), metrics);
    }
    return metrics;
  }

  /** Whether there are series of MLflow. */
  public boolean hasSeries() throws IOException {
    return !series().isEmpty();
  }

  /** Writes every value of every MLflow metric as a JSON object a line. */
  public void writeSeries(OutputStream out) throws IOException {
    Writer lines = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    for (Path series : series()) {
      try (BufferedReader reader = Files.newBufferedReader(series)) {
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          write(name(series), line.split(" "), lines);
        }
      }
    }
    lines.flush();
  }

  /** Writes one value of a series, given as the words of its line. */
  static void write(String name, String[] words, Writer lines) throws IOException {
    if (words.length >= 2) {
      Map<String, String> value = new LinkedHashMap<>();
      value.put("name", name);
      value.put("value", words[1]);
      value.put("milliseconds", words[0]);
      if (words.length > 2) {
        value.put("step", words[2]);
      }
      lines.write(JSON.writeValueAsString(value) + "\n");
    }
  }

  private List<Path> series() throws IOException {
    Path store = root.resolve(STORE);
    if (!Files.isDirectory(store)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(store, 8)) {
      return files
          .filter(file -> seriesName(root.relativize(file).toString()).isPresent())
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  private String name(Path series) {
    return seriesName(root.relativize(series).toString()).orElseThrow();
  }

  /**
   * The metric whose series lies at {@code mlruns/<experiment>/<run>/metrics/<name>}; a name may
   * have slashes.
   */
  static Optional<String> seriesName(String path) {
    String[] names = path.split("/", 5);
    return names.length == 5 && names[0].equals(STORE) && names[3].equals("metrics")
        ? Optional.of(names[4])
        : Optional.empty();
  }

  /** Keeps a value, unless it is long or there are many metrics. */
  static void put(String name, String value, Map<String, String> metrics) {
    if (value.length() <= LONGEST_VALUE
        && (metrics.containsKey(name) || metrics.size() < MOST_METRICS)) {
      metrics.put(name, value);
    }
  }

  private static String lastLine(Path series) throws IOException {
    String last = "";
    try (BufferedReader reader = Files.newBufferedReader(series)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        last = line.isBlank() ? last : line;
      }
    }
    return last;
  }

  static JsonNode json(byte[] file) {
    try {
      return JSON.readTree(file);
    } catch (IOException e) {
      // The script's file; what is no JSON has no metrics.
      return JSON.missingNode();
    }
  }

  /** Keeps the numbers of an object; nested names are joined by dots. */
  static void collect(String prefix, JsonNode node, Map<String, String> metrics) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String name = prefix + field.getKey();
      JsonNode value = field.getValue();
      if (value.isObject()) {
        collect(name + ".", value, metrics);
      } else if (value.isValueNode()) {
        put(name, value.asText(), metrics);
      }
    }
  }
}
