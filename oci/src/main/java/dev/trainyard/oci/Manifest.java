package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

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
