package dev.trainyard.builder.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of an installed prefix, by the layers that they belong to. A file belongs to the
 * package whose record in {@code conda-meta} names it, byte code to its source, and all else, such
 * as what pip installed, to the last layer.
 */
final class PrefixFiles {
  private static final Pattern BYTE_CODE =
      Pattern.compile(
          "(?<directory>.*/)?__pycache__/(?<module>[^/]+?)\\.[^/.]+(\\.opt-\\d)?\\.pyc");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path prefix;
  private final Map<String, Integer> owners = new HashMap<>();

  private PrefixFiles(Path prefix) {
    this.prefix = prefix;
  }

  /**
   * Sorts them.
   *
   * @return one list for each plan, and one for what no plan has; each sorted
   */
  static List<List<Path>> of(Path prefix, List<LayerPlan> plans) throws IOException {
    var files = new PrefixFiles(prefix);
    for (int plan = 0; plan < plans.size(); plan++) {
      for (String name : plans.get(plan).packages()) {
        files.own(name, plan);
      }
    }
    return files.split(plans.size());
  }

  private void own(String name, int plan) throws IOException {
    String record = "conda-meta/" + name + ".json";
    if (Files.exists(prefix.resolve(record))) {
      owners.put(record, plan);
      for (JsonNode file : JSON.readTree(prefix.resolve(record).toFile()).path("files")) {
        owners.put(file.asText(), plan);
      }
    }
  }

  private List<List<Path>> split(int plans) throws IOException {
    var layers = new ArrayList<List<Path>>();
    for (int plan = 0; plan <= plans; plan++) {
      layers.add(new ArrayList<>());
    }
    try (Stream<Path> found = Files.walk(prefix)) {
      for (Path path : found.sorted().toList()) {
        if (!isFull(path)) {
          layers.get(owner(prefix.relativize(path).toString(), plans)).add(path);
        }
      }
    }
    return layers;
  }

  /** A directory with something in it comes with that. */
  private static boolean isFull(Path path) throws IOException {
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    try (Stream<Path> children = Files.list(path)) {
      return children.findAny().isPresent();
    }
  }

  private int owner(String name, int otherwise) {
    Matcher byteCode = BYTE_CODE.matcher(name);
    if (!owners.containsKey(name) && byteCode.matches()) {
      String directory = byteCode.group("directory");
      String source = (directory == null ? "" : directory) + byteCode.group("module") + ".py";
      return owners.getOrDefault(source, otherwise);
    }
    return owners.getOrDefault(name, otherwise);
  }
}
