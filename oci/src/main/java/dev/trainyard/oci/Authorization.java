package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers a registry's {@code WWW-Authenticate} challenge: Basic with the credentials as they are,
 * Bearer by asking the token service that the challenge names, as the distribution specification
 * describes. Tokens are kept for as long as the process lives and asked for anew when refused.
 */
final class Authorization {
  private static final Pattern PARAMETER = Pattern.compile("(\\w+)=\"([^\"]*)\"");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http;
  private final Map<String, String> headers = new ConcurrentHashMap<>();

  Authorization(HttpClient http) {
    this.http = http;
  }

  /** The header that worked before for this repository. */
  Optional<String> known(String registry, String repository) {
    return Optional.ofNullable(headers.get(registry + "/" + repository));
  }

  /** The header that answers a challenge; empty when there is none to give. */
  Optional<String> answer(
      String registry, String repository, String challenge, Credentials credentials)
      throws IOException, InterruptedException {
    Optional<String> basic = credentials.basic(registry).map(value -> "Basic " + value);
    Optional<String> header =
        challenge.regionMatches(true, 0, "Bearer", 0, 6) ? bearer(challenge, basic) : basic;
    header.ifPresent(value -> headers.put(registry + "/" + repository, value));
    return header;
  }

  private Optional<String> bearer(String challenge, Optional<String> basic)
      throws IOException, InterruptedException {
    var parameters = new LinkedHashMap<String, String>();
    Matcher matcher = PARAMETER.matcher(challenge);
    while (matcher.find()) {
      parameters.put(matcher.group(1), matcher.group(2));
    }
    String realm = parameters.remove("realm");
    if (realm == null) {
      return Optional.empty();
    }
    var query = new StringBuilder(realm.contains("?") ? "&" : "?");
    parameters.forEach((name, value) ->
        query
            .append(name)
            .append('=')
            .append(URLEncoder.encode(value, StandardCharsets.UTF_8))
            .append('&'));
    var request = HttpRequest.newBuilder(URI.create(realm + query)).timeout(Duration.ofSeconds(30));
    basic.ifPresent(value -> request.header("Authorization", value));
    HttpResponse<byte[]> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      return Optional.empty();
    }
    JsonNode token = JSON.readTree(response.body());
    String value = token.path("token").asText(token.path("access_token").asText());
    return value.isEmpty() ? Optional.empty() : Optional.of("Bearer " + value);
  }
}
