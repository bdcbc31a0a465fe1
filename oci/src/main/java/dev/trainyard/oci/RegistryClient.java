package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * The calls of the OCI distribution specification 1.1 that Trainyard needs. Blocking, made for
 * virtual threads; safe for use by many at once. Layers are streamed, never held in memory; what is
 * read into memory is bounded and, where it was asked for by digest, held to it.
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

  /** What the distribution specification asks registries to take. */
  private static final int LARGEST_MANIFEST = 4 << 20;

  private static final int LARGEST_JSON_BLOB = 32 << 20;
  private static final int LARGEST_REFUSAL = 64 * 1024;
  private static final int DEEPEST_INDEX = 3;

  /** Short enough for a registry that is emptied behind our back. */
  private static final Duration RECALLED = Duration.ofSeconds(3);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryTransport transport;
  private final BlobUpload uploads;

  /** What this client recalls: nothing, unless it was made to. */
  private final Recollection recalled;

  /** What the clients of the same origin recall. */
  private final Recollection shared;

  /** A client that is quick to say that a registry is in trouble. */
  public RegistryClient(RegistryEndpoints endpoints) {
    this(endpoints, Patience.SHORT);
  }

  /** A client with a patience of its own. */
  public RegistryClient(RegistryEndpoints endpoints, Patience patience) {
    this.transport = new RegistryTransport(endpoints, patience);
    this.uploads = new BlobUpload(transport, patience);
    this.recalled = new Recollection(Duration.ZERO);
    this.shared = new Recollection(RECALLED);
  }

  private RegistryClient(RegistryClient asking) {
    this.transport = asking.transport;
    this.uploads = asking.uploads;
    this.recalled = asking.shared;
    this.shared = asking.shared;
  }

  /**
   * This client for callers of which many ask the same at once: what it found a few seconds ago it
   * takes to be there still. What this client deletes it does not.
   */
  public RegistryClient recalling() {
    return new RegistryClient(this);
  }

  RegistryTransport transport() {
    return transport;
  }

  /** Something of the repository is about to be deleted. */
  void forget(Repository repository) {
    shared.forget(repository);
  }

  /**
   * Fetches a manifest.
   *
   * @param version tag or digest
   * @return empty when repository or version does not exist
   */
  public Optional<Manifest> manifest(Repository repository, String version)
      throws RegistryException {
    return recalled.manifest(repository, version, () -> fetch(repository, version));
  }

  private Optional<Manifest> fetch(Repository repository, String version) throws RegistryException {
    Optional<HttpResponse<byte[]>> response = rawManifest(repository, version);
    if (response.isEmpty()) {
      return Optional.empty();
    }
    byte[] bytes = response.get().body();
    JsonNode json = json(repository, "manifest " + version, bytes);
    String mediaType =
        json.path("mediaType")
            .asText(response.get().headers().firstValue("Content-Type").orElse(""));
    return Optional.of(new Manifest(mediaType, Digest.of(bytes), bytes.length, json));
  }

  private Optional<HttpResponse<byte[]>> rawManifest(Repository repository, String version)
      throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.get(transport.uri(repository, "/manifests/" + version), MANIFESTS),
            atMost(LARGEST_MANIFEST));
    if (response.statusCode() == NOT_FOUND) {
      return Optional.empty();
    }
    expect(repository, "the manifest " + version, response, OK);
    if (version.startsWith("sha256:")) {
      verify(repository, "manifest", version, response.body());
    }
    return Optional.of(response);
  }

  /**
   * Fetches the manifest of an image for linux/amd64, through an index where there is one.
   *
   * @throws RegistryException of kind NOT_FOUND when there is none for that platform
   */
  public Manifest image(Repository repository, String version) throws RegistryException {
    String wanted = version;
    for (int depth = 0; depth <= DEEPEST_INDEX; depth++) {
      String name = wanted;
      Manifest manifest = manifest(repository, name).orElseThrow(() -> missing(repository, name));
      if (!manifest.isIndex()) {
        return manifest;
      }
      wanted =
          manifest
              .linuxAmd64()
              .orElseThrow(() ->
                  new RegistryException(
                      Kind.NOT_FOUND,
                      "The image " + named(repository, version) + " has none for linux/amd64"))
              .text();
    }
    throw new RegistryException(
        Kind.INVALID, "The image " + named(repository, version) + " is an index of indexes");
  }

  /** Fetches a small blob as JSON. */
  public JsonNode jsonBlob(Repository repository, Digest digest) throws RegistryException {
    return json(repository, "blob " + digest, blob(repository, digest));
  }

  /** Fetches a blob of at most 32 MiB. */
  public byte[] blob(Repository repository, Digest digest) throws RegistryException {
    return recalled.blob(repository, digest, () -> fetch(repository, digest));
  }

  private byte[] fetch(Repository repository, Digest digest) throws RegistryException {
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.get(transport.uri(repository, "/blobs/" + digest), ""),
            atMost(LARGEST_JSON_BLOB));
    expect(repository, "the blob " + digest, response, OK);
    verify(repository, "blob", digest.text(), response.body());
    return response.body();
  }

  /** A blob of any size as it comes; the caller closes it and holds what it read to the digest. */
  public InputStream openBlob(Repository repository, Digest digest) throws RegistryException {
    HttpResponse<InputStream> response =
        transport.send(
            repository,
            Call.get(transport.uri(repository, "/blobs/" + digest), ""),
            BodyHandlers.ofInputStream());
    if (response.statusCode() != OK) {
      try (InputStream refused = response.body()) {
        throw Refusal.of(
            repository,
            "the blob " + digest,
            response.statusCode(),
            refused.readNBytes(LARGEST_REFUSAL));
      } catch (IOException e) {
        throw Refusal.of(repository, "the blob " + digest, response.statusCode(), new byte[0]);
      }
    }
    return response.body();
  }

  /** Whether a blob is in the repository. */
  public boolean hasBlob(Repository repository, Digest digest) throws RegistryException {
    if (recalled.hasBlob(repository, digest)) {
      return true;
    }
    boolean found = uploads.find(repository, digest).isPresent();
    if (found) {
      recalled.foundBlob(repository, digest);
    }
    return found;
  }

  /**
   * Pushes a blob unless it is there.
   *
   * @param content the bytes; those of a known length are sent again after passing trouble
   * @return the number of bytes that were sent
   */
  public long pushBlob(Repository repository, Digest digest, BodyPublisher content)
      throws RegistryException {
    if (recalled.hasBlob(repository, digest)) {
      return 0;
    }
    long sent = uploads.push(repository, digest, content);
    recalled.foundBlob(repository, digest);
    return sent;
  }

  /**
   * Brings a blob from one repository into another: mounted when both are in one registry, else
   * streamed.
   *
   * @param progress is told how many bytes went through so far
   */
  public void copyBlob(Repository from, Repository to, Descriptor blob, LongConsumer progress)
      throws RegistryException {
    uploads.copy(from, to, blob, progress);
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
            Call.put(
                transport.uri(repository, "/manifests/" + version),
                BodyPublishers.ofByteArray(manifest),
                true,
                mediaType),
            atMost(LARGEST_MANIFEST));
    expect(repository, "the manifest " + version, response, CREATED);
    return Digest.of(manifest);
  }

  /** Deletes a manifest and with it every tag that names it; one that is not there is no error. */
  public void deleteManifest(Repository repository, Digest digest) throws RegistryException {
    forget(repository);
    HttpResponse<byte[]> response =
        transport.send(
            repository,
            Call.of("DELETE", transport.uri(repository, "/manifests/" + digest)),
            BodyHandlers.ofByteArray());
    if (response.statusCode() != NOT_FOUND) {
      expect(repository, "the deletion of " + digest, response, ACCEPTED);
    }
  }

  /** Gives a manifest that is in the repository one more tag. */
  public void tag(Repository repository, Digest manifest, String tag) throws RegistryException {
    HttpResponse<byte[]> response =
        rawManifest(repository, manifest.text())
            .orElseThrow(() -> missing(repository, manifest.text()));
    String mediaType = response.headers().firstValue("Content-Type").orElse("");
    pushManifest(repository, tag, mediaType, response.body());
  }

  static void expect(Repository repository, String what, HttpResponse<byte[]> response, int status)
      throws RegistryException {
    if (response.statusCode() != status) {
      throw Refusal.of(repository, what, response.statusCode(), response.body());
    }
  }

  static BodyHandler<byte[]> atMost(long bytes) {
    return BodyHandlers.limiting(BodyHandlers.ofByteArray(), bytes);
  }

  private static void verify(Repository repository, String what, String digest, byte[] bytes)
      throws RegistryException {
    if (!Digest.of(bytes).text().equals(digest)) {
      throw new RegistryException(
          Kind.INVALID,
          "The " + what + " " + digest + " came from " + repository + " with other content");
    }
  }

  private static RegistryException missing(Repository repository, String version) {
    return new RegistryException(Kind.NOT_FOUND, "There is no image " + named(repository, version));
  }

  private static String named(Repository repository, String version) {
    return repository + (version.contains(":") ? "@" : ":") + version;
  }

  private static JsonNode json(Repository repository, String what, byte[] bytes)
      throws RegistryException {
    try {
      JsonNode json = JSON.readTree(bytes);
      if (json.isObject()) {
        return json;
      }
    } catch (IOException e) {
      // What the server sent is not for a message.
    }
    throw new RegistryException(
        Kind.INVALID, "The " + what + " of " + repository + " is not a JSON object");
  }
}
