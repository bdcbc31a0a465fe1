package dev.trainyard.oci;

import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongConsumer;

/** Brings blobs into a repository: from here, or from another repository. */
final class BlobUpload {
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int ACCEPTED = 202;
  private static final int NOT_FOUND = 404;
  private static final int LARGEST_ANSWER = 1 << 20;

  private final RegistryTransport transport;
  private final Patience patience;

  BlobUpload(RegistryTransport transport, Patience patience) {
    this.transport = transport;
    this.patience = patience;
  }

  /** Size of a blob; empty when it is not in the repository. */
  OptionalLong find(Repository repository, Digest digest) throws RegistryException {
    HttpResponse<Void> response =
        transport.send(
            repository,
            Call.of("HEAD", transport.uri(repository, "/blobs/" + digest)),
            BodyHandlers.discarding());
    return switch (response.statusCode()) {
      case OK -> OptionalLong.of(response.headers().firstValueAsLong("Content-Length").orElse(0));
      case NOT_FOUND -> OptionalLong.empty();
      default ->
          throw Refusal.of(repository, "the blob " + digest, response.statusCode(), new byte[0]);
    };
  }

  /** Pushes a blob unless it is there, and says how many bytes were sent. */
  long push(Repository repository, Digest digest, BodyPublisher content) throws RegistryException {
    if (find(repository, digest).isPresent()) {
      return 0;
    }
    boolean repeatable = content.contentLength() >= 0;
    upload(repository, digest, begin(repository), content, repeatable);
    return repeatable ? content.contentLength() : find(repository, digest).orElse(0);
  }

  /** Mounts a blob or streams it; a stream that breaks is begun again from its start. */
  void copy(Repository from, Repository to, Descriptor blob, LongConsumer progress)
      throws RegistryException {
    if (find(to, blob.digest()).isPresent()) {
      return;
    }
    for (int tries = 1; ; tries++) {
      Optional<URI> upload = mountOrBegin(from, to, blob.digest());
      if (upload.isEmpty()) {
        return;
      }
      try {
        stream(from, to, blob, upload.get(), progress);
        return;
      } catch (RegistryException e) {
        // A token may end while a large layer is on its way, too.
        boolean passing = e.kind() == Kind.UNREACHABLE || e.kind() == Kind.UNAUTHORIZED;
        if (!passing || patience.pause(tries).isEmpty()) {
          throw e;
        }
      }
    }
  }

  private void stream(
      Repository from, Repository to, Descriptor blob, URI upload, LongConsumer progress)
      throws RegistryException {
    HttpResponse<InputStream> source =
        transport.send(
            from,
            Call.get(transport.uri(from, "/blobs/" + blob.digest()), ""),
            BodyHandlers.ofInputStream());
    try (InputStream content = new CountingStream(source.body(), progress)) {
      if (source.statusCode() != OK) {
        throw Refusal.of(from, "the blob " + blob.digest(), source.statusCode(), new byte[0]);
      }
      BodyPublisher body =
          blob.size() == 0
              ? BodyPublishers.noBody()
              : BodyPublishers.fromPublisher(
                  BodyPublishers.ofInputStream(() -> content), blob.size());
      upload(to, blob.digest(), upload, body, false);
    } catch (IOException e) {
      throw new RegistryException(
          Kind.UNREACHABLE, "The blob " + blob.digest() + " did not arrive from " + from, e);
    }
  }

  /** Where to upload to; empty when the registry took the blob from the other repository. */
  private Optional<URI> mountOrBegin(Repository from, Repository to, Digest digest)
      throws RegistryException {
    if (!from.registry().equals(to.registry())) {
      return Optional.of(begin(to));
    }
    String origin = URLEncoder.encode(from.name(), StandardCharsets.UTF_8);
    HttpResponse<byte[]> response =
        transport.send(
            to,
            Call.of(
                "POST", transport.uri(to, "/blobs/uploads/?mount=" + digest + "&from=" + origin)),
            RegistryClient.atMost(LARGEST_ANSWER));
    return switch (response.statusCode()) {
      case CREATED -> Optional.empty();
      case ACCEPTED -> Optional.of(location(to, response));
      // Not every registry knows mounts.
      default -> Optional.of(begin(to));
    };
  }

  private URI begin(Repository repository) throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.of("POST", transport.uri(repository, "/blobs/uploads/")),
            RegistryClient.atMost(LARGEST_ANSWER));
    RegistryClient.expect(repository, "an upload", response, ACCEPTED);
    return location(repository, response);
  }

  private URI location(Repository repository, HttpResponse<byte[]> response)
      throws RegistryException {
    String location = response.headers().firstValue("Location").orElse("");
    if (location.isEmpty()) {
      throw new RegistryException(
          Kind.INVALID, "The registry does not say where to upload to in " + repository);
    }
    return transport.location(repository, location);
  }

  private void upload(
      Repository repository, Digest digest, URI location, BodyPublisher content, boolean repeatable)
      throws RegistryException {
    String separator = location.getRawQuery() == null ? "?" : "&";
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.put(
                URI.create(location + separator + "digest=" + digest),
                content,
                repeatable,
                "application/octet-stream"),
            RegistryClient.atMost(LARGEST_ANSWER));
    RegistryClient.expect(repository, "the blob " + digest, response, CREATED);
  }
}
