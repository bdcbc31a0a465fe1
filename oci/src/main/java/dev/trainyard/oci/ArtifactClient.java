package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The calls of the OCI distribution specification 1.1 that artifacts need beside those of images:
 * blobs whose digest is known only once they were sent, deletion, and referrers. Blocking; safe for
 * use by many at once.
 */
public final class ArtifactClient {
  private static final String INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
  private static final Duration LONGEST_UPLOAD = Duration.ofHours(12);
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int ACCEPTED = 202;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int BAD_REQUEST = 400;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryTransport transport;
  private final RegistryClient registry;

  public ArtifactClient(RegistryClient registry) {
    this.transport = registry.transport();
    this.registry = registry;
  }

  /**
   * Sends a blob while it is being made. Nothing of it is kept, so a failed call sends all of it
   * again when it is repeated.
   *
   * @param content read once, to its end
   * @param digest asked for once the content was sent
   */
  public void pushStream(Repository repository, InputStream content, Supplier<Digest> digest)
      throws RegistryException {
    URI begun =
        location(
            repository,
            send(repository, Call.of("POST", transport.uri(repository, "/blobs/uploads/"))));
    var patch =
        new Call(
            "PATCH",
            begun,
            BodyPublishers.ofInputStream(() -> content),
            false,
            "application/octet-stream",
            "",
            LONGEST_UPLOAD);
    URI sent = location(repository, send(repository, patch));
    String separator = sent.getRawQuery() == null ? "?" : "&";
    HttpResponse<byte[]> end =
        send(
            repository,
            Call.put(
                URI.create(sent + separator + "digest=" + digest.get()),
                BodyPublishers.noBody(),
                true,
                "application/octet-stream"));
    if (end.statusCode() != CREATED) {
      throw Refusal.of(repository, "a blob", end.statusCode(), end.body());
    }
  }

  /**
   * Reads a blob.
   *
   * @return its content, which the caller closes
   */
  public InputStream blob(Repository repository, Digest digest) throws RegistryException {
    HttpResponse<InputStream> response =
        transport.send(
            repository,
            Call.get(transport.uri(repository, "/blobs/" + digest), ""),
            BodyHandlers.ofInputStream());
    if (response.statusCode() != OK) {
      throw Refusal.of(repository, "the blob " + digest, response.statusCode(), new byte[0]);
    }
    return response.body();
  }

  /**
   * Deletes a manifest and every tag of it. What is not there counts as deleted; the registry frees
   * the blobs in its own time.
   *
   * @return false when the registry does not let anything be deleted
   */
  public boolean delete(Repository repository, Digest digest) throws RegistryException {
    registry.forget(repository);
    HttpResponse<byte[]> response =
        send(repository, Call.of("DELETE", transport.uri(repository, "/manifests/" + digest)));
    return switch (response.statusCode()) {
      case OK, ACCEPTED, NOT_FOUND -> true;
      case METHOD_NOT_ALLOWED, BAD_REQUEST -> false;
      default ->
          throw Refusal.of(
              repository, "the deletion of " + digest, response.statusCode(), response.body());
    };
  }

  /**
   * Makes an artifact findable from what it refers to, where the registry does not do so itself: in
   * the index that the specification names as the fallback. Two writers of one index would lose an
   * entry, so only one process may call this.
   *
   * @param entry descriptor of the artifact, with its artifactType
   */
  public void addReferrer(Repository repository, Digest subject, ObjectNode entry)
      throws RegistryException {
    if (hasReferrersApi(repository, subject)) {
      return;
    }
    ObjectNode index = referrers(repository, subject);
    ArrayNode manifests = index.withArrayProperty("manifests");
    for (JsonNode known : manifests) {
      if (known.path("digest").equals(entry.path("digest"))) {
        return;
      }
    }
    manifests.add(entry);
    registry.pushManifest(repository, fallbackTag(subject), INDEX_TYPE, bytes(index));
  }

  /** Takes an artifact out of the fallback index, and deletes the index with its last entry. */
  public void removeReferrer(Repository repository, Digest subject, Digest artifact)
      throws RegistryException {
    Optional<Manifest> before = registry.manifest(repository, fallbackTag(subject));
    if (before.isEmpty()) {
      return;
    }
    ObjectNode index = before.get().json().deepCopy();
    ArrayNode left = JSON.createArrayNode();
    index
        .path("manifests")
        .forEach(entry -> {
          if (!entry.path("digest").asText().equals(artifact.text())) {
            left.add(entry);
          }
        });
    if (left.size() == index.path("manifests").size()) {
      return;
    }
    if (!left.isEmpty()) {
      index.set("manifests", left);
      registry.pushManifest(repository, fallbackTag(subject), INDEX_TYPE, bytes(index));
    }
    delete(repository, before.get().digest());
  }

  private boolean hasReferrersApi(Repository repository, Digest subject) throws RegistryException {
    HttpResponse<byte[]> response =
        send(repository, Call.get(transport.uri(repository, "/referrers/" + subject), INDEX_TYPE));
    return response.statusCode() == OK;
  }

  private ObjectNode referrers(Repository repository, Digest subject) throws RegistryException {
    Optional<Manifest> known = registry.manifest(repository, fallbackTag(subject));
    if (known.isPresent()) {
      return known.get().json().deepCopy();
    }
    ObjectNode index = JSON.createObjectNode();
    index.put("schemaVersion", 2).put("mediaType", INDEX_TYPE).putArray("manifests");
    return index;
  }

  private static String fallbackTag(Digest subject) {
    return "sha256-" + subject.hex();
  }

  private HttpResponse<byte[]> send(Repository repository, Call call) throws RegistryException {
    return transport.send(repository, call, BodyHandlers.ofByteArray());
  }

  private URI location(Repository repository, HttpResponse<byte[]> response)
      throws RegistryException {
    if (response.statusCode() != ACCEPTED) {
      throw Refusal.of(repository, "an upload", response.statusCode(), response.body());
    }
    return transport.location(repository, response.headers().firstValue("Location").orElseThrow());
  }

  private static byte[] bytes(JsonNode json) throws RegistryException {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (IOException e) {
      throw new RegistryException(Kind.INVALID, "JSON cannot be written", e);
    }
  }
}
