package dev.trainyard.oci;

import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sends requests to registries: finds the endpoint, answers challenges, names what went wrong. */
final class RegistryTransport {
  private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(10);
  private static final int UNAUTHORIZED = 401;

  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(Duration.ofSeconds(5))
          .followRedirects(HttpClient.Redirect.NORMAL)
          .version(HttpClient.Version.HTTP_1_1)
          .build();
  private final Authorization authorization = new Authorization(http);
  private final RegistryEndpoints endpoints;

  RegistryTransport(RegistryEndpoints endpoints) {
    this.endpoints = endpoints;
  }

  /** One request about a repository. */
  record Call(
      String method, URI uri, @Nullable BodyPublisher body, String contentType, String accept) {

    static Call get(URI uri, String accept) {
      return new Call("GET", uri, null, "", accept);
    }

    static Call of(String method, URI uri) {
      return new Call(method, uri, null, "", "");
    }
  }

  /** URL of something in a repository. */
  URI uri(Repository repository, String path) {
    return URI.create(endpoints.of(repository.registry()) + "/v2/" + repository.name() + path);
  }

  /** URL that an answer's Location header names, relative to the registry where it is relative. */
  URI location(Repository repository, String location) {
    return endpoints.of(repository.registry()).resolve(location);
  }

  <T> HttpResponse<T> send(Repository repository, Call call, BodyHandler<T> handler)
      throws RegistryException {
    try {
      Optional<String> known = authorization.known(repository.registry(), repository.name());
      HttpResponse<T> response = http.send(request(call, known), handler);
      if (response.statusCode() != UNAUTHORIZED) {
        return response;
      }
      String challenge = response.headers().firstValue("WWW-Authenticate").orElse("");
      Optional<String> answer =
          authorization.answer(
              repository.registry(), repository.name(), challenge, repository.credentials());
      return answer.isEmpty() ? response : http.send(request(call, answer), handler);
    } catch (IOException e) {
      throw new RegistryException(
          Kind.UNREACHABLE,
          "The registry "
              + repository.registry()
              + " does not answer at "
              + endpoints.of(repository.registry())
              + ": "
              + cause(e),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException(
          Kind.UNREACHABLE, "The request to " + repository + " was interrupted", e);
    }
  }

  private static HttpRequest request(Call call, Optional<String> authorization) {
    var request =
        HttpRequest.newBuilder(call.uri())
            .method(
                call.method(),
                call.body() == null ? HttpRequest.BodyPublishers.noBody() : call.body());
    // A body of unknown length takes as long as what it is made of.
    if (call.body() == null || call.body().contentLength() >= 0) {
      request.timeout(REQUEST_TIMEOUT);
    }
    if (!call.accept().isEmpty()) {
      request.header("Accept", call.accept());
    }
    if (!call.contentType().isEmpty()) {
      request.header("Content-Type", call.contentType());
    }
    authorization.ifPresent(value -> request.header("Authorization", value));
    return request.build();
  }

  /** The exception for an answer that is not what was hoped for. */
  static RegistryException refused(Repository repository, String what, int status, byte[] body) {
    Kind kind =
        switch (status) {
          case 401, 403 -> Kind.UNAUTHORIZED;
          case 404 -> Kind.NOT_FOUND;
          case 408, 429 -> Kind.UNREACHABLE;
          default -> status >= 500 ? Kind.UNREACHABLE : Kind.REJECTED;
        };
    String text = new String(body, 0, Math.min(body.length, 300), StandardCharsets.UTF_8).strip();
    return new RegistryException(
        kind,
        "The registry answers "
            + status
            + " for "
            + what
            + " in "
            + repository
            + (text.isEmpty() ? "" : ": " + text));
  }

  private static String cause(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
