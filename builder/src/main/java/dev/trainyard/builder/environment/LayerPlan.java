package dev.trainyard.builder.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which packages lie in one layer, as the conda step decided.
 *
 * @param key what the layer hangs on; empty when that is not known
 * @param packages names of the packages' files, such as {@code numpy-2.1.0-py311_0}
 * @param made the layer as an earlier build pushed it, if its packages were not installed anew
 */
record LayerPlan(Optional<String> key, List<String> packages, Optional<PrefixLayer> made) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Reads what the conda step left; none where it left nothing, and all is one layer. */
  static List<LayerPlan> read(Path work) throws IOException {
    Path file = work.resolve("layers.json");
    var plans = new ArrayList<LayerPlan>();
    if (Files.exists(file)) {
      for (JsonNode layer : JSON.readTree(file.toFile())) {
        var packages = new ArrayList<String>();
        layer.path("packages").forEach(name -> packages.add(name.asText()));
        plans.add(
            new LayerPlan(
                Optional.ofNullable(layer.path("key").textValue()),
                packages,
                Optional.of(layer.path("made")).filter(JsonNode::isObject).map(LayerPlan::made)));
      }
    }
    return plans;
  }

  private static PrefixLayer made(JsonNode layer) {
    return new PrefixLayer(
        Optional.empty(),
        new Digest(layer.path("diffId").asText()),
        new Digest(layer.path("digest").asText()),
        layer.path("size").asLong());
  }
}
