package dev.trainyard.e2e.environments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPInputStream;

/** The embedded registry as nodes reach it, and what lies in its files. */
final class NodeRegistry {
  private static final int OK = 200;
  private static final int ACCEPTED = 202;

  private final KubernetesClient client;

  NodeRegistry(KubernetesClient client) {
    this.client = client;
  }

  /** host:port by which this machine and pods reach it. */
  static String address(KubernetesClient client) {
    return node(client) + ":30500";
  }

  /** Its root, as this machine and pods reach it. */
  static URI root(KubernetesClient client) {
    return URI.create("http://" + address(client) + "/");
  }

  /** Address of the node. */
  static String node(KubernetesClient client) {
    return client.nodes().list().getItems().getFirst().getStatus().getAddresses().stream()
        .filter(address -> address.getType().equals("InternalIP"))
        .map(NodeAddress::getAddress)
        .findFirst()
        .orElseThrow();
  }

  /** Status of a request for a manifest by its reference, with a tag or a digest. */
  int status(String reference) throws IOException, InterruptedException {
    return manifest(reference).statusCode();
  }

  static String image(Environment environment) {
    return Objects.requireNonNull(environment.getStatus().image(), "it is built");
  }

  /**
   * Everything that was pushed for an environment as text: manifests, configurations and unpacked
   * layers of its image and its lock, without the layers that its base image has.
   */
  String pushedFor(Environment environment) throws IOException, InterruptedException {
    Set<String> ofBase = blobs(base(environment)).collect(Collectors.toSet());
    String lock = Objects.requireNonNull(environment.getStatus().lock(), "it is built");
    return text(image(environment), ofBase) + text(lock, ofBase);
  }

  /** Digests of the environment's own layers. */
  List<String> layers(Environment environment) throws IOException, InterruptedException {
    var manifest = Serialization.jsonMapper().readTree(manifest(image(environment)).body());
    int own = manifest.path("annotations").path("dev.trainyard.environment.layers").asInt();
    List<String> layers = blobs(image(environment)).skip(1).toList();
    assertThat(own).isBetween(1, layers.size() - 1);
    return layers.subList(layers.size() - own, layers.size());
  }

  private String text(String reference, Set<String> without)
      throws IOException, InterruptedException {
    var text = new StringBuilder(manifest(reference).body());
    for (String digest : blobs(reference).filter(blob -> !without.contains(blob)).toList()) {
      text.append(blob(reference, digest));
    }
    return text.toString();
  }

  /** The base image as it was brought into the registry. */
  private static String base(Environment environment) {
    String base = environment.getSpec().baseImage();
    return "localhost/trainyard-bases:" + base.substring(base.lastIndexOf(':') + 1);
  }

  private Stream<String> blobs(String reference) throws IOException, InterruptedException {
    var manifest = Serialization.jsonMapper().readTree(manifest(reference).body());
    return Stream.concat(
            Stream.of(manifest.path("config")),
            StreamSupport.stream(manifest.path("layers").spliterator(), false))
        .map(blob -> blob.path("digest").asText());
  }

  private String blob(String reference, String digest) throws IOException, InterruptedException {
    HttpRequest blob =
        HttpRequest.newBuilder(URI.create(repository(reference) + "/blobs/" + digest)).build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      byte[] bytes = http.send(blob, BodyHandlers.ofByteArray()).body();
      boolean packed = bytes.length > 1 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
      try (InputStream content =
          packed
              ? new GZIPInputStream(new ByteArrayInputStream(bytes))
              : new ByteArrayInputStream(bytes)) {
        return new String(content.readAllBytes(), StandardCharsets.ISO_8859_1);
      }
    }
  }

  /** Takes a manifest away, as somebody who clears up does. */
  void delete(String namespace, String digest) throws IOException, InterruptedException {
    URI manifest = root(client).resolve("v2/trainyard/" + namespace + "/manifests/" + digest);
    try (HttpClient http = HttpClient.newHttpClient()) {
      int status =
          http.send(HttpRequest.newBuilder(manifest).DELETE().build(), BodyHandlers.discarding())
              .statusCode();
      if (status != ACCEPTED) {
        throw new IOException(manifest + " is not deleted: " + status);
      }
    }
  }

  /** Blobs in the repository of a namespace that no manifest there names. */
  Set<String> orphans(String namespace) throws IOException, InterruptedException {
    String name = "trainyard/" + namespace;
    var orphans = new HashSet<String>();
    list(name + "/_layers/sha256").forEach(hex -> orphans.add("sha256:" + hex));
    for (String hex : list(name + "/_manifests/revisions/sha256")) {
      HttpResponse<String> manifest = manifest("localhost/" + name + "@sha256:" + hex);
      if (manifest.statusCode() == OK) {
        var json = Serialization.jsonMapper().readTree(manifest.body());
        orphans.remove(json.path("config").path("digest").asText());
        json.path("layers").forEach(layer -> orphans.remove(layer.path("digest").asText()));
      }
    }
    return orphans;
  }

  private List<String> list(String directory) {
    var pod =
        client
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withLabel("app.kubernetes.io/component", "registry")
            .list()
            .getItems()
            .getFirst();
    var out = new ByteArrayOutputStream();
    try (ExecWatch exec =
        client
            .pods()
            .resource(pod)
            .writingOutput(out)
            .exec("ls", "/var/lib/registry/docker/registry/v2/repositories/" + directory)) {
      exec.exitCode().orTimeout(20, TimeUnit.SECONDS).join();
    }
    return out.toString(StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank()).toList();
  }

  private HttpResponse<String> manifest(String reference) throws IOException, InterruptedException {
    int at = reference.indexOf('@');
    String version = reference.substring((at > 0 ? at : reference.lastIndexOf(':')) + 1);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(repository(reference) + "/manifests/" + version))
            .header("Accept", "application/vnd.oci.image.manifest.v1+json")
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofString());
    }
  }

  private String repository(String reference) {
    int at = reference.indexOf('@');
    int end = at > 0 ? at : reference.lastIndexOf(':');
    return "http://"
        + address(client)
        + "/v2/"
        + reference.substring(reference.indexOf('/') + 1, end);
  }
}
