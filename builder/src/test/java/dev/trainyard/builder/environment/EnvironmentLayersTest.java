package dev.trainyard.builder.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.DockerRegistry;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of one build in a real registry, and what the next build makes of them. */
class EnvironmentLayersTest {
  private static final List<String> KEYS = List.of("1".repeat(64), "2".repeat(64));
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path registryFiles;
  private static DockerRegistry registry;

  @TempDir Path directory;

  @BeforeAll
  static void startRegistry() throws IOException {
    registry = DockerRegistry.open(registryFiles);
  }

  @AfterAll
  static void endRegistry() {
    registry.close();
  }

  @Test
  void aBuildThatTakesTheLayersOfTheOneBeforeItGivesTheSameImageAndPushesNothing()
      throws IOException, RegistryException {
    install("six-1-0", "joblib-1-0");
    EnvironmentLayers first = layers(JSON.createArrayNode().add(plan(0)).add(plan(1)));
    assertThat(push(first, "shared")).isPositive();
    EnvironmentLayers second = layers(JSON.createArrayNode().add(kept(0)).add(kept(1)));
    assertThat(push(second, "shared")).isZero();
    assertThat(second.all().stream().map(PrefixLayer::digest).toList())
        .isEqualTo(first.all().stream().map(PrefixLayer::digest).toList());
    assertThat(second.all().stream().map(PrefixLayer::diffId).toList())
        .isEqualTo(first.all().stream().map(PrefixLayer::diffId).toList());
    assertThat(second.size()).isEqualTo(first.size());
  }

  @Test
  void allLayersThatTheRegistryLostAreForgottenAtOnce() throws IOException, RegistryException {
    install("six-1-0", "joblib-1-0");
    push(layers(JSON.createArrayNode().add(plan(0)).add(plan(1))), "before");
    EnvironmentLayers next = layers(JSON.createArrayNode().add(kept(0)).add(kept(1)));
    assertThatThrownBy(() -> push(next, "emptied"))
        .isInstanceOfSatisfying(
            RegistryException.class,
            lost -> assertThat(lost.kind()).isEqualTo(RegistryException.Kind.NOT_FOUND))
        .hasMessageContaining("six-1-0, joblib-1-0");
    for (String key : KEYS) {
      assertThat(file(key)).doesNotExist();
    }
  }

  private EnvironmentLayers layers(ArrayNode plans) throws IOException {
    Files.write(directory.resolve("layers.json"), JSON.writeValueAsBytes(plans));
    var layers =
        new EnvironmentLayers(
            directory.resolve("prefix"), directory, Optional.of(directory.resolve("cache")));
    layers.write(Optional.empty(), bytes -> {});
    return layers;
  }

  private static long push(EnvironmentLayers layers, String name) throws RegistryException {
    Repository target = registry.repository(name);
    var silent =
        new PackProgress(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    return layers.push(new RegistryClient(registry.endpoints()), target, silent);
  }

  private static ObjectNode plan(int number) {
    ObjectNode plan = JSON.createObjectNode().put("key", KEYS.get(number));
    plan.putArray("packages").add(number == 0 ? "six-1-0" : "joblib-1-0");
    return plan.putNull("made");
  }

  /** The same, with what the build before it kept, as the conda step hands it on. */
  private JsonNode kept(int number) throws IOException {
    JsonNode made = JSON.readTree(file(KEYS.get(number)).toFile());
    assertThat(made.path("paths")).isNotEmpty();
    return plan(number).set("made", made);
  }

  private Path file(String key) {
    return directory.resolve("cache/layers/" + key + ".json");
  }

  private void install(String... packages) throws IOException {
    Path records = Files.createDirectories(directory.resolve("prefix/conda-meta"));
    for (String name : packages) {
      Files.writeString(directory.resolve("prefix/" + name), name);
      Files.writeString(records.resolve(name + ".json"), "{\"files\": [\"" + name + "\"]}");
    }
  }
}
