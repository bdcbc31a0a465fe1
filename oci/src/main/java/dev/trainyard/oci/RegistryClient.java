package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.RegistryException.Kind;
import dev.trainyard.oci.RegistryTransport.Call;
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
import java.util.function.LongConsumer;

/**
 * The calls of the OCI distribution specification 1.1 that Trainyard needs. Blocking, made for
 * virtual threads; safe for use by many at once. Blobs are streamed, never held in memory.
 */
public final class RegistryClient {
  private static final String MANIFESTS =
      "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json,"
          + " application/vnd.docker.distribution.manifest.v2+json,"
          + " application/vnd.docker.distribution.manifest.list.v2+json";
  private static final int CREATED = 201;
  private static final int ACCEPTED = 202;
  private static final int NOT_FOUND = 404;
  private static final int OK = 200;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryTransport transport;

  public RegistryClient(RegistryEndpoints endpoints) {
    this.transport = new RegistryTransport(endpoints);
  }

  RegistryTransport transport() {
    return transport;
  }

  /**
   * Fetches a manifest.
   *
   * @param version tag or digest
   * @return empty when repository or version does not exist
   */
  public Optional<Manifest> manifest(Repository repository, String version)
      throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.get(transport.uri(repository, "/manifests/" + version), MANIFESTS),
            BodyHandlers.ofByteArray());
    if (response.statusCode() == NOT_FOUND) {
      return Optional.empty();
    }
    expect(repository, "the manifest " + version, response, OK);
    String mediaType = response.headers().firstValue("Content-Type").orElse("");
    return Optional.of(
        new Manifest(
            mediaType,
            Digest.of(response.body()),
            response.body().length,
            json(repository, version, response.body())));
  }

  /**
   * Fetches the manifest of an image for linux/amd64, through an index where there is one.
   *
   * @throws RegistryException of kind NOT_FOUND when there is none for that platform
   */
  public Manifest image(Repository repository, String version) throws RegistryException {
    Manifest manifest =
        manifest(repository, version).orElseThrow(() -> missing(repository, version));
    if (!manifest.isIndex()) {
      return manifest;
    }
    for (JsonNode entry : manifest.json().path("manifests")) {
      JsonNode platform = entry.path("platform");
      if (platform.path("os").asText().equals("linux")
          && platform.path("architecture").asText().equals("amd64")) {
        return image(repository, entry.path("digest").asText());
      }
    }
    throw new RegistryException(
        Kind.NOT_FOUND, "The image " + repository + ":" + version + " has none for linux/amd64");
  }

  /** Fetches a small blob as JSON. */
  public JsonNode jsonBlob(Repository repository, Digest digest) throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.get(transport.uri(repository, "/blobs/" + digest), ""),
            BodyHandlers.ofByteArray());
    expect(repository, "the blob " + digest, response, OK);
    return json(repository, digest.text(), response.body());
  }

  /** Whether a blob is in the repository. */
  public boolean hasBlob(Repository repository, Digest digest) throws RegistryException {
    HttpResponse<Void> response =
        transport.send(
            repository,
            Call.of("HEAD", transport.uri(repository, "/blobs/" + digest)),
            BodyHandlers.discarding());
    return switch (response.statusCode()) {
      case OK -> true;
      case NOT_FOUND -> false;
      default ->
          throw RegistryTransport.refused(
              repository, "the blob " + digest, response.statusCode(), new byte[0]);
    };
  }

  /**
   * Pushes a blob unless it is there.
   *
   * @return the number of bytes that were sent
   */
  public long pushBlob(Repository repository, Digest digest, BodyPublisher content)
      throws RegistryException {
    if (hasBlob(repository, digest)) {
      return 0;
    }
    upload(repository, digest, beginUpload(repository), content);
    return content.contentLength();
  }

  /**
   * Brings a blob from one repository into another: mounted when both are in one registry, else
   * streamed.
   *
   * @param progress is told how many bytes went through so far
   */
  public void copyBlob(Repository from, Repository to, Descriptor blob, LongConsumer progress)
      throws RegistryException {
    if (hasBlob(to, blob.digest())) {
      return;
    }
    boolean sameRegistry = from.registry().equals(to.registry());
    String mount =
        sameRegistry ? "&from=" + URLEncoder.encode(from.name(), StandardCharsets.UTF_8) : "";
    if (sameRegistry) {
      Optional<URI> upload = mountOrBegin(to, blob.digest(), mount);
      if (upload.isEmpty()) {
        return;
      }
      stream(from, to, blob, upload.get(), progress);
    } else {
      stream(from, to, blob, beginUpload(to), progress);
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
        throw RegistryTransport.refused(
            from, "the blob " + blob.digest(), source.statusCode(), new byte[0]);
      }
      upload(
          to,
          blob.digest(),
          upload,
          BodyPublishers.fromPublisher(
              BodyPublishers.ofInputStream(() -> content), Math.max(1, blob.size())));
    } catch (IOException e) {
      throw new RegistryException(
          Kind.UNREACHABLE, "The blob " + blob.digest() + " did not arrive from " + from, e);
    }
  }

  /**
   * Pushes a manifest.
   *
   * @param version tag, or digest of the bytes
   */
  public Digest pushManifest(
      Repository repository, String version, String mediaType, byte[] manifest)
      throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            new Call(
                "PUT",
                transport.uri(repository, "/manifests/" + version),
                BodyPublishers.ofByteArray(manifest),
                mediaType,
                ""),
            BodyHandlers.ofByteArray());
    expect(repository, "the manifest " + version, response, CREATED);
    return Digest.of(manifest);
  }

  private Optional<URI> mountOrBegin(Repository repository, Digest digest, String from)
      throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.of("POST", transport.uri(repository, "/blobs/uploads/?mount=" + digest + from)),
            BodyHandlers.ofByteArray());
    return response.statusCode() == CREATED
        ? Optional.empty()
        : Optional.of(uploadLocation(repository, response));
  }

  private URI beginUpload(Repository repository) throws RegistryException {
    return uploadLocation(
        repository,
        transport.send(
            repository,
            Call.of("POST", transport.uri(repository, "/blobs/uploads/")),
            BodyHandlers.ofByteArray()));
  }

  private URI uploadLocation(Repository repository, HttpResponse<byte[]> response)
      throws RegistryException {
    expect(repository, "an upload", response, ACCEPTED);
    return transport.location(repository, response.headers().firstValue("Location").orElseThrow());
  }

  private void upload(Repository repository, Digest digest, URI location, BodyPublisher content)
      throws RegistryException {
    String separator = location.getRawQuery() == null ? "?" : "&";
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            new Call(
                "PUT",
                URI.create(location + separator + "digest=" + digest),
                content,
                "application/octet-stream",
                ""),
            BodyHandlers.ofByteArray());
    expect(repository, "the blob " + digest, response, CREATED);
  }

  private static void expect(
      Repository repository, String what, HttpResponse<byte[]> response, int status)
      throws RegistryException {
    if (response.statusCode() != status) {
      throw RegistryTransport.refused(repository, what, response.statusCode(), response.body());
    }
  }

  private static RegistryException missing(Repository repository, String version) {
    return new RegistryException(
        Kind.NOT_FOUND,
        "There is no image " + repository + (version.contains(":") ? "@" : ":") + version);
  }

  private static JsonNode json(Repository repository, String what, byte[] bytes)
      throws RegistryException {
    try {
      return JSON.readTree(bytes);
    } catch (IOException e) {
      throw new RegistryException(
          Kind.INVALID, "The registry's " + what + " in " + repository + " is not JSON", e);
    }
  }
}
