package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A manifest as a registry gave it.
 *
 * @param digest digest of its bytes
 * @param size number of its bytes
 * @param json its content
 */
public record Manifest(String mediaType, Digest digest, long size, JsonNode json) {

  /** Whether it only lists the manifests of several platforms. */
  public boolean isIndex() {
    return json.has("manifests");
  }

  /** The entry of an index for linux/amd64. */
  Optional<Digest> linuxAmd64() throws RegistryException {
    for (JsonNode entry : json.path("manifests")) {
      JsonNode platform = entry.path("platform");
      if (platform.path("os").asText().equals("linux")
          && platform.path("architecture").asText().equals("amd64")) {
        return Optional.of(descriptor(entry).digest());
      }
    }
    return Optional.empty();
  }

  /** An annotation; empty when there is none of that name. */
  public Optional<String> annotation(String name) {
    return Optional.ofNullable(json.path("annotations").get(name)).map(JsonNode::asText);
  }

  /** Descriptor of the config. */
  public Descriptor config() throws RegistryException {
    return descriptor(json.path("config"));
  }

  /** Descriptors of the layers, the lowest first. */
  public List<Descriptor> layers() throws RegistryException {
    var layers = new ArrayList<Descriptor>();
    for (JsonNode layer : json.path("layers")) {
      layers.add(descriptor(layer));
    }
    return layers;
  }

  static Descriptor descriptor(JsonNode node) throws RegistryException {
    try {
      return new Descriptor(
          node.path("mediaType").asText(),
          new Digest(node.path("digest").asText()),
          node.path("size").asLong());
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          RegistryException.Kind.INVALID, "A manifest has a descriptor that is none: " + node, e);
    }
  }
}
