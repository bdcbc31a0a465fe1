package dev.trainyard.oci;

import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Sends requests to registries: finds the endpoint, answers challenges, follows redirects, bears
 * with passing trouble and names what went wrong. Credentials go to the registry's own origin only.
 */
final class RegistryTransport {
  private static final int UNAUTHORIZED = 401;
  private static final int MOST_REDIRECTS = 5;

  private final HttpClient http;
  private final Authorization authorization = new Authorization(this);
  private final RegistryEndpoints endpoints;
  private final Patience patience;

  RegistryTransport(RegistryEndpoints endpoints, Patience patience) {
    this.endpoints = endpoints;
    this.patience = patience;
    this.http =
        endpoints
            .connections()
            .applyTo(HttpClient.newBuilder())
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /** URL of something in a repository. */
  URI uri(Repository repository, String path) {
    return URI.create(endpoint(repository) + "/v2/" + repository.name() + path);
  }

  /** URL that an answer's Location header names, relative to the registry where it is relative. */
  URI location(Repository repository, String location) throws RegistryException {
    URI endpoint = endpoint(repository);
    URI resolved = Redirects.resolve(repository, endpoint, location);
    // A registry behind a proxy that ends TLS often believes that it is spoken to over http.
    boolean downgraded =
        "https".equals(endpoint.getScheme())
            && "http".equals(resolved.getScheme())
            && endpoint.getHost().equalsIgnoreCase(resolved.getHost());
    return downgraded
        ? URI.create(endpoint + resolved.toString().replaceFirst("^http://[^/]*", ""))
        : resolved;
  }

  boolean isTls(Repository repository) {
    return "https".equals(endpoint(repository).getScheme());
  }

  <T> HttpResponse<T> send(Repository repository, Call call, BodyHandler<T> handler)
      throws RegistryException {
    for (int tries = 1; ; tries++) {
      Optional<Duration> pause;
      try {
        HttpResponse<T> response = authorized(repository, call, handler);
        pause =
            patience
                .pause(
                    tries,
                    response.statusCode(),
                    response.headers().firstValue("Retry-After"),
                    Instant.now())
                .filter(p -> call.repeatable());
        if (pause.isEmpty()) {
          return response;
        }
        discard(response);
      } catch (IOException e) {
        boolean broken = !(e instanceof ConnectException || e instanceof HttpTimeoutException);
        pause = patience.pause(tries).filter(p -> broken && call.repeatable());
        if (pause.isEmpty()) {
          throw Refusal.of(repository, endpoint(repository), e);
        }
      }
      rest(repository, pause.get());
    }
  }

  private <T> HttpResponse<T> authorized(Repository repository, Call call, BodyHandler<T> handler)
      throws RegistryException, IOException {
    HttpResponse<T> response = follow(repository, call, authorization.known(repository), handler);
    boolean ours = Redirects.sameOrigin(response.uri(), endpoint(repository));
    if (response.statusCode() != UNAUTHORIZED || !ours) {
      return response;
    }
    Optional<String> answer = authorization.answer(repository, challenges(repository, response));
    if (answer.isEmpty() || !call.repeatable()) {
      return response;
    }
    discard(response);
    return follow(repository, call, answer, handler);
  }

  /** What the registry asks for; some say it only at its base. */
  private List<String> challenges(Repository repository, HttpResponse<?> response)
      throws RegistryException, IOException {
    List<String> challenges = response.headers().allValues("WWW-Authenticate");
    if (!challenges.isEmpty()) {
      return challenges;
    }
    Call base = Call.get(URI.create(endpoint(repository) + "/v2/"), "");
    return exchange(repository, base.at(base.uri()).build(), HttpResponse.BodyHandlers.discarding())
        .headers()
        .allValues("WWW-Authenticate");
  }

  private <T> HttpResponse<T> follow(
      Repository repository, Call call, Optional<String> header, BodyHandler<T> handler)
      throws RegistryException, IOException {
    URI place = call.uri();
    for (int hops = 0; hops <= MOST_REDIRECTS; hops++) {
      HttpRequest.Builder request = call.at(place);
      if (Redirects.sameOrigin(place, endpoint(repository))) {
        header.ifPresent(value -> request.header("Authorization", value));
      }
      HttpResponse<T> response = exchange(repository, request.build(), handler);
      Optional<URI> next = Redirects.next(repository, call, response);
      if (next.isEmpty()) {
        return response;
      }
      discard(response);
      place = next.get();
    }
    throw new RegistryException(
        Kind.INVALID, "The registry " + repository.registry() + " redirects without end");
  }

  /** One request and its answer, to a place that may be reached. */
  <T> HttpResponse<T> exchange(Repository repository, HttpRequest request, BodyHandler<T> handler)
      throws RegistryException, IOException {
    if (!endpoints.isNamed(repository.registry())) {
      Optional<String> refusal = AddressRule.OFF_THIS_MACHINE.refusal(request.uri().getHost());
      if (refusal.isPresent()) {
        throw new RegistryException(
            Kind.REJECTED,
            "The registry "
                + repository.registry()
                + " is not asked: "
                + request.uri().getHost()
                + " "
                + refusal.get());
      }
    }
    try {
      return http.send(request, handler);
    } catch (InterruptedException e) {
      throw interrupted(repository, e);
    }
  }

  private void rest(Repository repository, Duration pause) throws RegistryException {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      throw interrupted(repository, e);
    }
  }

  private static RegistryException interrupted(Repository repository, InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RegistryException(
        Kind.UNREACHABLE, "The request to " + repository + " was interrupted", e);
  }

  private static void discard(HttpResponse<?> response) throws IOException {
    if (response.body() instanceof InputStream body) {
      body.close();
    }
  }

  private URI endpoint(Repository repository) {
    return endpoints.of(repository.registry());
  }
}
