package dev.trainyard.e2e.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the artifacts of runs with nothing but HTTP and tar, as oras, crane and curl do, at the
 * node port of the chart's registry.
 */
public final class StoredHistory {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String TITLE = "org.opencontainers.image.title";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final String address;

  public StoredHistory(Yard yard) {
    address =
        "http://"
            + yard.client()
                .nodes()
                .list()
                .getItems()
                .getFirst()
                .getStatus()
                .getAddresses()
                .getFirst()
                .getAddress()
            + ":30500/v2/";
  }

  /** The manifest of an artifact. */
  public JsonNode manifest(Artifact artifact) {
    try (InputStream body = get(artifact.repository(), "manifests/" + artifact.digest())) {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The titles of an artifact's layers, in their order. */
  List<String> titles(@Nullable Artifact artifact) {
    var titles = new ArrayList<String>();
    for (JsonNode layer :
        manifest(Objects.requireNonNull(artifact, "it is stored")).path("layers")) {
      titles.add(layer.path("annotations").path(TITLE).asText());
    }
    return titles;
  }

  /** Whether the registry still has a manifest, by tag or digest. */
  boolean has(String repository, String reference) {
    return send(repository, "manifests/" + reference).statusCode() == 200;
  }

  /** Deletes a manifest by digest, as a person who cleans up would. */
  void delete(String repository, String digest) {
    send(request(repository, "manifests/" + digest).DELETE().build());
  }

  /** The text of the layer of that title. */
  public String text(@Nullable Artifact artifact, String title) {
    try (InputStream body = layer(artifact, title)) {
      return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What is in the directory of that title, by path: sizes of files, targets of links, {@code /} of
   * directories. Nothing is kept of a file's content but its number of bytes.
   */
  public Map<String, String> tree(@Nullable Artifact artifact, String title) {
    var entries = new LinkedHashMap<String, String>();
    try (var tar = tar(artifact, title)) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        entries.put(e.getName(), described(e, tar));
      }
      return entries;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String described(TarArchiveEntry entry, InputStream content) throws IOException {
    if (entry.isDirectory()) {
      return "/";
    }
    if (entry.isSymbolicLink()) {
      return "-> " + entry.getLinkName();
    }
    return Long.toString(content.transferTo(java.io.OutputStream.nullOutputStream()));
  }

  /** The content of one file of the directory of that title. */
  public String file(@Nullable Artifact artifact, String title, String path) {
    try (var tar = tar(artifact, title)) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        if (e.getName().equals(path)) {
          return new String(tar.readAllBytes(), StandardCharsets.UTF_8);
        }
      }
      throw new AssertionError("no " + path + " in " + title);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TarArchiveInputStream tar(@Nullable Artifact artifact, String title) throws IOException {
    return new TarArchiveInputStream(
        new GZIPInputStream(new BufferedInputStream(layer(artifact, title))),
        StandardCharsets.UTF_8.name());
  }

  private InputStream layer(@Nullable Artifact artifact, String title) {
    Artifact stored = Objects.requireNonNull(artifact, "nothing was stored");
    for (JsonNode layer : manifest(stored).path("layers")) {
      if (layer.path("annotations").path(TITLE).asText().equals(title)) {
        return get(stored.repository(), "blobs/" + layer.path("digest").asText());
      }
    }
    throw new AssertionError("no layer " + title + " in " + manifest(stored));
  }

  /** A manifest or a blob, as it is stored. */
  InputStream get(String repository, String what) {
    return find(repository, what)
        .orElseThrow(() -> new AssertionError(address + repository + " has no " + what));
  }

  /** A manifest or a blob, as it is stored; empty when it is not there. */
  Optional<InputStream> find(String repository, String what) {
    HttpResponse<InputStream> response = send(repository, what);
    if (response.statusCode() == 404) {
      return Optional.empty();
    }
    if (response.statusCode() != 200) {
      throw new AssertionError(
          "%s%s/%s: HTTP %d".formatted(address, repository, what, response.statusCode()));
    }
    return Optional.of(response.body());
  }

  private HttpResponse<InputStream> send(String repository, String what) {
    return send(request(repository, what).build());
  }

  private HttpRequest.Builder request(String repository, String what) {
    return HttpRequest.newBuilder(URI.create(address + repository + "/" + what))
        .header("Accept", MANIFEST);
  }

  private static HttpResponse<InputStream> send(HttpRequest request) {
    try {
      return HTTP.send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
