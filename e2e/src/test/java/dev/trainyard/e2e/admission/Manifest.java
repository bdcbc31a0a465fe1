package dev.trainyard.e2e.admission;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A file of the corpus.
 *
 * @param name file name without its ending
 * @param expectations what the API server's message must contain, from the {@code # expect:} lines
 * @param documents the YAML documents in order, nulls included
 */
record Manifest(String name, List<String> expectations, List<JsonNode> documents) {
  private static final Path CORPUS = Path.of("src/test/resources/admission");
  private static final String EXPECT = "# expect: ";
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  /** All manifests of one folder of the corpus, by name. */
  static List<Manifest> in(String folder) {
    try (Stream<Path> files = Files.list(CORPUS.resolve(folder))) {
      return files
          .filter(file -> file.toString().endsWith(".yaml"))
          .sorted()
          .map(Manifest::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A RunConfiguration whose spec is a .runconfig file as the Azure ML SDK wrote it. */
  static JsonNode wrapped(Path runconfig) throws IOException {
    ObjectNode manifest = named("RunConfiguration", runconfig);
    manifest.set("spec", YAML.readTree(runconfig.toFile()));
    return manifest;
  }

  /** A TrainingRun that carries a .runconfig file inline. */
  static JsonNode inlined(Path runconfig) throws IOException {
    ObjectNode manifest = named("TrainingRun", runconfig);
    ObjectNode spec = manifest.putObject("spec").put("script", "train.py");
    spec.putObject("source").putObject("configMap").put("name", "code");
    spec.set("runConfiguration", YAML.readTree(runconfig.toFile()));
    return manifest;
  }

  private static ObjectNode named(String kind, Path runconfig) {
    ObjectNode manifest =
        YAML.createObjectNode().put("apiVersion", "trainyard.dev/v1alpha1").put("kind", kind);
    String name = runconfig.getFileName().toString().replace(".runconfig", "");
    manifest.putObject("metadata").put("name", name);
    return manifest;
  }

  /** The .runconfig files of the corpus. */
  static List<Path> runconfigs() {
    try (Stream<Path> files = Files.list(CORPUS.resolve("valid"))) {
      return files.filter(file -> file.toString().endsWith(".runconfig")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Manifest read(Path file) {
    try {
      String text = Files.readString(file);
      List<String> expectations =
          text.lines()
              .filter(line -> line.startsWith(EXPECT))
              .map(line -> line.substring(EXPECT.length()))
              .toList();
      List<JsonNode> documents =
          YAML.readerFor(JsonNode.class).<JsonNode>readValues(text).readAll();
      String name = file.getFileName().toString().replace(".yaml", "");
      return new Manifest(name, expectations, documents);
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
