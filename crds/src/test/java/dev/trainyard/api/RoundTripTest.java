package dev.trainyard.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the Azure ML SDK wrote goes through the Java types and comes out as it went in. */
class RoundTripTest {
  private static final Path SAMPLES = Path.of("../e2e/src/test/resources/admission/valid");
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private final KubernetesSerialization serialization = new KubernetesSerialization();

  static List<Path> samples() throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".runconfig")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void losesNothingThatIsNotNull(Path sample) throws IOException {
    JsonNode given = YAML.readTree(sample.toFile());
    ObjectNode manifest = YAML.createObjectNode();
    manifest.put("apiVersion", "trainyard.dev/v1alpha1").put("kind", "RunConfiguration");
    manifest.putObject("metadata").put("name", "sample");
    manifest.set("spec", given);

    var typed = serialization.unmarshal(manifest.toString(), RunConfiguration.class);

    JsonNode back = new ObjectMapper().readTree(serialization.asJson(typed)).get("spec");
    assertThat(withoutNulls(back)).isEqualTo(withoutNulls(given));
  }

  private static JsonNode withoutNulls(JsonNode node) {
    if (node instanceof ObjectNode object) {
      ObjectNode kept = YAML.createObjectNode();
      object
          .properties()
          .forEach(field -> {
            if (!field.getValue().isNull()) {
              kept.set(field.getKey(), withoutNulls(field.getValue()));
            }
          });
      return kept;
    }
    return node;
  }
}
