package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** User and password for some registries, as Docker's config.json holds them. */
public final class Credentials {
  /** For registries that ask for none. */
  public static final Credentials NONE = new Credentials(Map.of());

  private static final Set<String> DOCKER_HUB =
      Set.of("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> basicByPlace;

  private Credentials(Map<String, String> basicByPlace) {
    this.basicByPlace = basicByPlace;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Credentials credentials
        && basicByPlace.equals(credentials.basicByPlace);
  }

  @Override
  public int hashCode() {
    return basicByPlace.hashCode();
  }

  /**
   * Reads the content of a Docker config.json, such as the key {@code .dockerconfigjson} of a
   * Secret. A place may be a host or, as the kubelet has it, a host and the beginning of a path.
   *
   * @throws IllegalArgumentException when it is not one; the message shows nothing of it
   */
  public static Credentials fromDockerConfig(byte[] config) {
    var found = new LinkedHashMap<String, String>();
    for (Map.Entry<String, JsonNode> entry : auths(config).properties()) {
      basic(entry.getKey(), entry.getValue())
          .ifPresent(value -> found.put(place(entry.getKey()), value));
    }
    return new Credentials(found);
  }

  private static JsonNode auths(byte[] config) {
    try {
      JsonNode json = JSON.readTree(config);
      if (json.isObject()) {
        return json.path("auths");
      }
    } catch (IOException e) {
      // The parser's message would show part of the file.
    }
    throw new IllegalArgumentException("the registry credentials are not a Docker config.json");
  }

  private static Optional<String> basic(String place, JsonNode auth) {
    if (!auth.path("auth").asText().isBlank()) {
      try {
        byte[] decoded = Base64.getMimeDecoder().decode(auth.path("auth").asText());
        if (new String(decoded, StandardCharsets.UTF_8).indexOf(':') > 0) {
          return Optional.of(Base64.getEncoder().encodeToString(decoded));
        }
      } catch (IllegalArgumentException e) {
        // Falls through to the one message about it.
      }
      throw new IllegalArgumentException(
          "the registry credentials for "
              + place
              + " have an auth that is not user:password in"
              + " base64");
    }
    String user = auth.path("username").asText();
    return user.isEmpty()
        ? Optional.empty()
        : Optional.of(encode(user + ":" + auth.path("password").asText()));
  }

  private static String place(String key) {
    String place = key.replaceFirst("^https?://", "").replaceFirst("/v[12]/?$", "");
    String plain = place.replaceFirst("/+$", "");
    return DOCKER_HUB.contains(plain) ? "docker.io" : plain;
  }

  /**
   * The value of a Basic authorization header, without the word Basic: that of the longest place
   * that the repository is below.
   */
  Optional<String> basic(String registry, String repository) {
    for (String place = registry + "/" + repository; ; ) {
      String basic = basicByPlace.get(place);
      if (basic != null) {
        return Optional.of(basic);
      }
      int slash = place.lastIndexOf('/');
      if (slash < 0) {
        return Optional.empty();
      }
      place = place.substring(0, slash);
    }
  }

  /** The value of the Docker engine's header X-Registry-Auth for a repository. */
  public Optional<String> engineHeader(String registry, String repository) {
    return basic(registry, repository)
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
    return "Credentials for " + basicByPlace.keySet();
  }
}
