package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.trainyard.api.v1alpha1.RunPhase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every manifest below examples/ is one that the API server takes, and the quickstart's run runs.
 */
@ExtendWith(YardExtension.class)
class ExamplesIT {
  private static final Path EXAMPLES = Path.of("../examples");
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private final Yard yard;

  ExamplesIT(Yard yard) {
    this.yard = yard;
  }

  static Stream<Path> manifests() throws IOException {
    try (Stream<Path> files = Files.walk(EXAMPLES)) {
      return files
          .filter(file -> file.toString().matches(".*\\.ya?ml"))
          .filter(file -> !file.endsWith("kustomization.yaml"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void isTakenByTheApiServer(Path manifest) throws IOException {
    List<JsonNode> documents =
        YAML.readerFor(JsonNode.class).<JsonNode>readValues(manifest.toFile()).readAll();
    Yard.withNamespace(
        "example",
        namespace -> {
          for (JsonNode document : documents) {
            assertThat(namespace.apply(document.toString())).as("%s", manifest).hasSize(1);
          }
        });
  }

  @Test
  void theQuickstartTrainsItsModel() throws IOException {
    Path quickstart = EXAMPLES.resolve("quickstart");
    yard.source("diabetes-source", "train.py", Files.readString(quickstart.resolve("train.py")));
    for (String manifest : List.of("computetarget", "runconfiguration", "trainingrun")) {
      yard.apply(Files.readString(quickstart.resolve(manifest + ".yaml")));
    }
    var status = yard.find("diabetes").awaitEnd(RunPhase.COMPLETED);
    assertThat(status.metrics()).containsOnlyKeys("alpha", "mse");
  }
}
