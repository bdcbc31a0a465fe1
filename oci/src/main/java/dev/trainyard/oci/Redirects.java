package dev.trainyard.oci;

import dev.trainyard.oci.RegistryException.Kind;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Where an answer sends a request. Java's own client would take the Authorization header along to
 * any host; here a redirect is followed by hand.
 */
final class Redirects {
  private static final Set<Integer> FOR_READS = Set.of(301, 302, 303, 307, 308);
  private static final Set<Integer> FOR_ALL = Set.of(307, 308);

  private Redirects() {}

  static Optional<URI> next(Repository repository, Call call, HttpResponse<?> response)
      throws RegistryException {
    int status = response.statusCode();
    boolean follows =
        call.readsOnly()
            ? FOR_READS.contains(status)
            : FOR_ALL.contains(status) && call.repeatable();
    Optional<String> location = response.headers().firstValue("Location");
    if (!follows || location.isEmpty()) {
      return Optional.empty();
    }
    URI next = resolve(repository, response.uri(), location.get());
    boolean http = "http".equals(scheme(next));
    if (!http && !"https".equals(scheme(next)) || http && "https".equals(scheme(response.uri()))) {
      throw new RegistryException(
          Kind.INVALID,
          "The registry "
              + repository.registry()
              + " sends requests on to "
              + next.getHost()
              + " without https, which is not followed");
    }
    return Optional.of(next);
  }

  /** A URL that a header names, relative to the one that was asked for. */
  static URI resolve(Repository repository, URI base, String location) throws RegistryException {
    try {
      URI resolved = base.resolve(location);
      if (resolved.getHost() != null) {
        return resolved;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one message about it.
    }
    throw new RegistryException(
        Kind.INVALID,
        "The registry " + repository.registry() + " names a location that is not a URL");
  }

  /** Whether two URLs are served by the same scheme, host and port. */
  static boolean sameOrigin(URI one, URI other) {
    return scheme(one).equals(scheme(other))
        && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  private static String scheme(URI uri) {
    return String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
  }

  private static int port(URI uri) {
    if (uri.getPort() >= 0) {
      return uri.getPort();
    }
    return scheme(uri).equals("https") ? 443 : 80;
  }
}
