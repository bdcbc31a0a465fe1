package dev.trainyard.builder.environment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Config and manifest of an environment's image: the base image's, with the environment's layers on
 * top and its interpreter first in the path.
 */
final class EnvironmentImage {
  static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  static final String LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

  /** Annotation of the manifest: how many layers, from the top, are the environment's own. */
  static final String LAYERS = "dev.trainyard.environment.layers";

  private static final String CONFIG_TYPE = "application/vnd.oci.image.config.v1+json";
  private static final String EPOCH = "1970-01-01T00:00:00Z";
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final ObjectMapper JSON = new ObjectMapper();

  private EnvironmentImage() {}

  /** The image's config. */
  static byte[] config(JsonNode base, Path prefix, List<PrefixLayer> layers)
      throws RegistryException {
    ObjectNode config = base.deepCopy();
    config.put("created", EPOCH);
    ArrayNode variables = ((ObjectNode) config.withObject("/config")).putArray("Env");
    environment(base, prefix).forEach((name, value) -> variables.add(name + "=" + value));
    ArrayNode diffIds = config.withObject("/rootfs").withArrayProperty("diff_ids");
    ArrayNode history = config.withArrayProperty("history");
    boolean told = !history.isEmpty();
    for (PrefixLayer layer : layers) {
      diffIds.add(layer.diffId().text());
      history.addObject().put("created", EPOCH).put("created_by", "trainyard environment");
    }
    if (!told) {
      config.remove("history");
    }
    return bytes(config);
  }

  private static Map<String, String> environment(JsonNode base, Path prefix) {
    var variables = new LinkedHashMap<String, String>();
    for (JsonNode variable : base.path("config").path("Env")) {
      String text = variable.asText();
      int equals = text.indexOf('=');
      variables.put(
          equals < 0 ? text : text.substring(0, equals),
          equals < 0 ? "" : text.substring(equals + 1));
    }
    variables.merge("PATH", prefix + "/bin:" + DEFAULT_PATH, (was, ours) -> prefix + "/bin:" + was);
    variables.merge(
        "LD_LIBRARY_PATH", prefix + "/lib", (was, ours) -> was.isEmpty() ? ours : ours + ":" + was);
    variables.put("CONDA_PREFIX", prefix.toString());
    variables.put("CONDA_DEFAULT_ENV", prefix.toString());
    variables.put("AZUREML_CONDA_ENVIRONMENT_PATH", prefix.toString());
    return variables;
  }

  /** The image's manifest. */
  static byte[] manifest(Manifest base, byte[] config, List<PrefixLayer> own)
      throws RegistryException {
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MANIFEST_TYPE);
    describe(
        manifest.putObject("config"),
        new Descriptor(CONFIG_TYPE, Digest.of(config), config.length));
    ArrayNode layers = manifest.putArray("layers");
    for (Descriptor below : base.layers()) {
      // Docker's and OCI's layer types name the same bytes.
      String type = below.mediaType().contains("docker") ? LAYER_TYPE : below.mediaType();
      describe(layers.addObject(), new Descriptor(type, below.digest(), below.size()));
    }
    for (PrefixLayer layer : own) {
      describe(layers.addObject(), new Descriptor(LAYER_TYPE, layer.digest(), layer.size()));
    }
    manifest.putObject("annotations").put(LAYERS, Integer.toString(own.size()));
    return bytes(manifest);
  }

  static void describe(ObjectNode node, Descriptor descriptor) {
    node.put("mediaType", descriptor.mediaType())
        .put("digest", descriptor.digest().text())
        .put("size", descriptor.size());
  }

  static byte[] bytes(JsonNode json) throws RegistryException {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new RegistryException(RegistryException.Kind.INVALID, "JSON cannot be written", e);
    }
  }
}
