package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Answers a registry's {@code WWW-Authenticate} challenge: Basic with the credentials as they are,
 * Bearer by asking the token service that the challenge names, as the distribution specification
 * describes. What worked is kept for the same repository AND the same credentials, and made anew
 * when refused: a token that one user's Secret bought opens nothing for another.
 */
final class Authorization {
  private static final Pattern PARAMETER = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|([^\\s,\"]+))");
  private static final long LARGEST_TOKEN = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Key(String registry, String repository, Optional<String> basic) {}

  private final RegistryTransport transport;
  private final Map<Key, String> headers = new ConcurrentHashMap<>();

  Authorization(RegistryTransport transport) {
    this.transport = transport;
  }

  /** The header that worked before for this repository and these credentials. */
  Optional<String> known(Repository repository) {
    return Optional.ofNullable(headers.get(key(repository)));
  }

  /** The header that answers one of the challenges; empty when there is none to give. */
  Optional<String> answer(Repository repository, List<String> challenges)
      throws RegistryException, IOException {
    Key key = key(repository);
    Optional<String> basic = key.basic().map(value -> "Basic " + value);
    Optional<String> bearer = challenges.stream().filter(c -> is(c, "Bearer")).findFirst();
    Optional<String> header =
        bearer.isPresent()
            ? Optional.of("Bearer " + token(repository, bearer.get(), basic))
            : basic.filter(value -> challenges.stream().anyMatch(c -> is(c, "Basic")));
    header.ifPresentOrElse(value -> headers.put(key, value), () -> headers.remove(key));
    return header;
  }

  private static Key key(Repository repository) {
    return new Key(
        repository.registry(),
        repository.name(),
        repository.credentials().basic(repository.registry(), repository.name()));
  }

  private static boolean is(String challenge, String scheme) {
    return challenge.regionMatches(true, 0, scheme + " ", 0, scheme.length() + 1);
  }

  private String token(Repository repository, String challenge, Optional<String> basic)
      throws RegistryException, IOException {
    URI service = service(repository, challenge);
    if (basic.isPresent() && service.getScheme().equals("http") && transport.isTls(repository)) {
      throw new RegistryException(
          Kind.INVALID,
          "The registry "
              + repository.registry()
              + " names a token service without https, which gets no credentials");
    }
    var request = HttpRequest.newBuilder(service).timeout(Duration.ofSeconds(30));
    basic.ifPresent(value -> request.header("Authorization", value));
    HttpResponse<byte[]> response =
        transport.exchange(
            repository,
            request.build(),
            BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_TOKEN));
    int status = response.statusCode();
    if (status != 200) {
      throw new RegistryException(
          status >= 500 || status == 429 ? Kind.UNREACHABLE : Kind.UNAUTHORIZED,
          "The token service "
              + service.getHost()
              + " of the registry "
              + repository.registry()
              + " answers "
              + status
              + " for "
              + repository.name());
    }
    return token(repository, response.body());
  }

  private static String token(Repository repository, byte[] body) throws RegistryException {
    try {
      JsonNode json = JSON.readTree(body);
      String token = json.path("token").asText(json.path("access_token").asText());
      if (token.matches("[\\x21-\\x7e]+")) {
        return token;
      }
    } catch (IOException e) {
      // The parser's message would show part of the token.
    }
    throw new RegistryException(
        Kind.INVALID,
        "The token service of the registry " + repository.registry() + " gives no token");
  }

  private static URI service(Repository repository, String challenge) throws RegistryException {
    Map<String, String> parameters = parameters(challenge);
    String realm = parameters.getOrDefault("realm", "");
    parameters.remove("realm");
    String query =
        parameters.entrySet().stream()
            .flatMap(entry -> values(entry).map(value -> entry.getKey() + "=" + encode(value)))
            .collect(Collectors.joining("&"));
    try {
      URI service = URI.create(realm + (realm.contains("?") ? "&" : "?") + query);
      if (service.getHost() != null && service.getScheme().matches("https?")) {
        return service;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one message about it.
    }
    throw new RegistryException(
        Kind.INVALID,
        "The registry " + repository.registry() + " names a token service that is not a URL");
  }

  private static Map<String, String> parameters(String challenge) {
    var parameters = new LinkedHashMap<String, String>();
    Matcher matcher = PARAMETER.matcher(challenge);
    while (matcher.find()) {
      String quoted = matcher.group(2);
      parameters.put(matcher.group(1), quoted == null ? matcher.group(3) : quoted);
    }
    return parameters;
  }

  /** Several scopes in one challenge are several parameters of the request. */
  private static Stream<String> values(Map.Entry<String, String> parameter) {
    return parameter.getKey().equals("scope")
        ? Stream.of(parameter.getValue().split(" "))
        : Stream.of(parameter.getValue());
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }
}
