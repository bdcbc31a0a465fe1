package dev.trainyard.oci;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;

/**
 * One request about a repository.
 *
 * @param repeatable whether its body can be sent twice
 * @param contentType media type of the body, or empty
 * @param accept media types that the answer may have, or empty
 * @param timeout how long the headers of the answer may take, the sending of the body included
 */
record Call(
    String method,
    URI uri,
    BodyPublisher body,
    boolean repeatable,
    String contentType,
    String accept,
    Duration timeout) {
  private static final Duration SMALL = Duration.ofSeconds(30);
  private static final Duration LONGEST = Duration.ofHours(12);
  private static final long SLOWEST_BYTES_A_SECOND = 100_000;

  static Call get(URI uri, String accept) {
    return new Call("GET", uri, BodyPublishers.noBody(), true, "", accept, SMALL);
  }

  static Call of(String method, URI uri) {
    return new Call(method, uri, BodyPublishers.noBody(), true, "", "", SMALL);
  }

  static Call put(URI uri, BodyPublisher body, boolean repeatable, String contentType) {
    long length = body.contentLength();
    Duration timeout =
        length < 0 ? LONGEST : SMALL.multipliedBy(2).plusSeconds(length / SLOWEST_BYTES_A_SECOND);
    return new Call("PUT", uri, body, repeatable, contentType, "", timeout);
  }

  boolean readsOnly() {
    return method.equals("GET") || method.equals("HEAD");
  }

  /** The request, perhaps at another place than it was first made for. */
  HttpRequest.Builder at(URI place) {
    var request = HttpRequest.newBuilder(place).timeout(timeout).method(method, body);
    if (!accept.isEmpty()) {
      request.header("Accept", accept);
    }
    if (!contentType.isEmpty()) {
      request.header("Content-Type", contentType);
    }
    return request;
  }
}
