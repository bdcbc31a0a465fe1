package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** User and password for some registries, as Docker's config.json holds them. */
public final class Credentials {
  /** For registries that ask for none. */
  public static final Credentials NONE = new Credentials(Map.of());

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> basicByHost;

  private Credentials(Map<String, String> basicByHost) {
    this.basicByHost = basicByHost;
  }

  /**
   * Reads the content of a Docker config.json, such as the key {@code .dockerconfigjson} of a
   * Secret.
   *
   * @throws IllegalArgumentException when it is not one; the message shows nothing of it
   */
  public static Credentials fromDockerConfig(byte[] config) {
    var found = new LinkedHashMap<String, String>();
    try {
      for (Map.Entry<String, JsonNode> entry : JSON.readTree(config).path("auths").properties()) {
        String host = entry.getKey().replaceFirst("^https?://", "").replaceFirst("/.*$", "");
        JsonNode auth = entry.getValue();
        String basic =
            auth.hasNonNull("auth")
                ? auth.get("auth").asText()
                : encode(auth.path("username").asText() + ":" + auth.path("password").asText());
        found.put(host.equals("index.docker.io") ? "docker.io" : host, basic);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("the registry credentials are not a Docker config.json");
    }
    return new Credentials(found);
  }

  /** The value of a Basic authorization header for a registry, without the word Basic. */
  Optional<String> basic(String registry) {
    return Optional.ofNullable(basicByHost.get(registry));
  }

  /** The value of the Docker engine's header X-Registry-Auth for a registry. */
  public Optional<String> engineHeader(String registry) {
    return basic(registry)
        .map(basic -> new String(Base64.getDecoder().decode(basic), StandardCharsets.UTF_8))
        .map(login -> {
          int colon = login.indexOf(':');
          var json =
              JSON.createObjectNode()
                  .put("username", login.substring(0, colon))
                  .put("password", login.substring(colon + 1));
          return Base64.getUrlEncoder()
              .encodeToString(json.toString().getBytes(StandardCharsets.UTF_8));
        });
  }

  private static String encode(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "Credentials for " + basicByHost.keySet();
  }
}
