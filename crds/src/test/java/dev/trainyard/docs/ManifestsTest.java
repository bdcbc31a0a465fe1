package dev.trainyard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The manifests in documents and examples are what our types read, field by field. */
class ManifestsTest {
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "ComputeTarget", ComputeTarget.class,
          "RunConfiguration", RunConfiguration.class,
          "TrainingRun", TrainingRun.class,
          "Environment", Environment.class);

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  /** A piece of YAML and where it stands. */
  record Piece(String where, String yaml) {
    @Override
    public String toString() {
      return where;
    }
  }

  static Stream<Piece> pieces() {
    Stream<Piece> documented =
        Markdown.all().stream()
            .flatMap(document ->
                document.blocks().stream()
                    .filter(block -> block.language().equals("yaml"))
                    .map(block -> new Piece(document + ":" + block.line(), block.text())));
    Stream<Piece> examples =
        Markdown.files(Markdown.ROOT.resolve("examples"), ".yaml").map(ManifestsTest::piece);
    return Stream.concat(documented, examples);
  }

  private static Piece piece(Path file) {
    try {
      return new Piece(Markdown.ROOT.relativize(file).toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void isReadWhole(Piece piece) throws IOException {
    for (JsonNode manifest :
        YAML.readerFor(JsonNode.class).<JsonNode>readValues(piece.yaml()).readAll()) {
      if (manifest.path("apiVersion").asText().startsWith("trainyard.dev/")) {
        String kind = manifest.path("kind").asText();
        assertThat(manifest.path("apiVersion").asText()).isEqualTo("trainyard.dev/v1alpha1");
        assertThat(KINDS).containsKey(kind);
        Object typed =
            SERIALIZATION.unmarshal(manifest.toString(), Objects.requireNonNull(KINDS.get(kind)));
        JsonNode back = YAML.readTree(SERIALIZATION.asJson(typed));
        assertThat(unread("", manifest, back))
            .as("fields of %s that %s has not", piece, kind)
            .isEmpty();
      }
    }
  }

  /** Paths of what {@code given} says and {@code read} has not; numbers may have become text. */
  private static List<String> unread(String path, JsonNode given, JsonNode read) {
    var unread = new ArrayList<String>();
    if (given.isValueNode()) {
      if (!given.isNull() && !same(given, read)) {
        unread.add(path);
      }
      return unread;
    }
    given
        .properties()
        .forEach(field ->
            unread.addAll(
                unread(path + "." + field.getKey(), field.getValue(), read.path(field.getKey()))));
    for (int i = 0; i < given.size() && given.isArray(); i++) {
      unread.addAll(unread(path + "[" + i + "]", given.get(i), read.path(i)));
    }
    return unread;
  }

  private static boolean same(JsonNode given, JsonNode read) {
    return given.isNumber() && read.isNumber()
        ? given.decimalValue().compareTo(read.decimalValue()) == 0
        : given.asText().equals(read.asText());
  }
}
