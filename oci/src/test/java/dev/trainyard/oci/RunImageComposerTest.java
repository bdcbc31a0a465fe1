package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.RegistryException.Kind;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SnapshotStore;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the real docker-registry; what it makes is read back by skopeo. */
class RunImageComposerTest {
  private static final String OCI = "application/vnd.oci.image.manifest.v1+json";
  private static final String DOCKER = "application/vnd.docker.distribution.manifest.v2+json";
  private static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip";
  private static final String CONFIG =
      """
      {"architecture": "amd64", "os": "linux",
       "config": {"Env": ["PATH=/bin"], "WorkingDir": "/"},
       "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}
      """
          .formatted("1".repeat(64));
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path files;
  private static DockerRegistry registry;
  private static RegistryClient client;
  private static RunImageComposer composer;
  private static final Map<String, byte[]> SOURCE =
      Map.of("train.py", "print(1)\n".getBytes(StandardCharsets.UTF_8));

  @BeforeAll
  static void startRegistry() throws IOException {
    registry = DockerRegistry.open(files);
    client = registry.client();
    composer = new RunImageComposer(client);
  }

  @AfterAll
  static void endRegistry() {
    registry.close();
  }

  @Test
  void theRunImageIsTheBaseAndTheSnapshot() throws Exception {
    Repository repository = registry.repository("plain");
    Manifest base = base(repository, DOCKER, DOCKER_LAYER, CONFIG);
    Manifest image = compose(repository, base);
    assertThat(image.mediaType()).isEqualTo(OCI);
    assertThat(image.layers()).hasSize(2);
    assertThat(image.layers().getFirst().digest()).isEqualTo(base.layers().getFirst().digest());
    JsonNode config = client.jsonBlob(repository, image.config().digest());
    assertThat(config.at("/config/WorkingDir").asText()).isEqualTo("/azureml-run");
    assertThat(config.at("/config/Env/0").asText()).isEqualTo("PATH=/bin");
    assertThat(config.at("/rootfs/diff_ids").size()).isEqualTo(2);
    assertThat(config.has("history")).isFalse();
  }

  @Test
  void theSameBaseAndSnapshotGiveTheSameDigest() throws Exception {
    Repository repository = registry.repository("twice");
    Manifest base = base(repository, OCI, "application/vnd.oci.image.layer.v1.tar+gzip", CONFIG);
    Digest first = compose(repository, base).digest();
    assertThat(compose(repository, base).digest()).isEqualTo(first);
  }

  @Test
  void whatTheBaseSaysOfItsLayersGoesOn() throws Exception {
    ObjectNode config = (ObjectNode) JSON.readTree(CONFIG);
    config.putArray("history").addObject().put("created_by", "debootstrap");
    Repository repository = registry.repository("history");
    Manifest image = compose(repository, base(repository, DOCKER, DOCKER_LAYER, config.toString()));
    assertThat(client.jsonBlob(repository, image.config().digest()).path("history").size())
        .isEqualTo(2);
  }

  @Test
  void aConfigWithNullsIsFilledIn() throws Exception {
    ObjectNode config = (ObjectNode) JSON.readTree(CONFIG);
    config.putNull("config").putNull("history");
    Repository repository = registry.repository("nulls");
    Manifest image = compose(repository, base(repository, DOCKER, DOCKER_LAYER, config.toString()));
    JsonNode composed = client.jsonBlob(repository, image.config().digest());
    assertThat(composed.at("/config/WorkingDir").asText()).isEqualTo("/azureml-run");
  }

  @ParameterizedTest
  @CsvSource({
    "vnd.docker.image.rootfs.diff.tar.gzip, vnd.oci.image.layer.v1.tar+gzip",
    "vnd.docker.image.rootfs.diff.tar.zstd, vnd.oci.image.layer.v1.tar+zstd",
    "vnd.docker.image.rootfs.diff.tar, vnd.oci.image.layer.v1.tar",
    "vnd.oci.image.layer.v1.tar, vnd.oci.image.layer.v1.tar",
    "vnd.oci.image.layer.v1.tar+gzip, vnd.oci.image.layer.v1.tar+gzip",
    "vnd.oci.image.layer.v1.tar+zstd, vnd.oci.image.layer.v1.tar+zstd"
  })
  void aLayerKeepsItsCompression(String ofBase, String ofRun) throws Exception {
    Repository repository = registry.repository("compression");
    Manifest base = base(repository, OCI, "application/" + ofBase, CONFIG);
    assertThat(compose(repository, base).layers().getFirst().mediaType())
        .isEqualTo("application/" + ofRun);
  }

  @Test
  void anImageForAnotherProcessorIsRefused() throws Exception {
    Repository repository = registry.repository("arm");
    Manifest base = base(repository, OCI, DOCKER_LAYER, CONFIG.replace("amd64", "arm64"));
    assertRefused(repository, base, Kind.NOT_FOUND, "not for linux/amd64 but for linux/arm64");
  }

  @Test
  void anArtifactThatIsNoImageIsRefused() throws Exception {
    Repository repository = registry.repository("artifact");
    assertRefused(
        repository, base(repository, OCI, "text/plain", "{}"), Kind.NOT_FOUND, "for no platform");
  }

  @Test
  void anImageWhoseConfigSpeaksOfOtherLayersIsRefused() throws Exception {
    Repository repository = registry.repository("uneven");
    ObjectNode config = (ObjectNode) JSON.readTree(CONFIG);
    ((ArrayNode) config.at("/rootfs/diff_ids")).add("sha256:" + "2".repeat(64));
    assertRefused(
        repository,
        base(repository, OCI, DOCKER_LAYER, config.toString()),
        Kind.INVALID,
        "has 1 layers, and its config speaks of 2");
  }

  @Test
  void whatIsNoSnapshotIsNotComposed() throws Exception {
    Repository repository = registry.repository("no-snapshot");
    Manifest base = base(repository, OCI, DOCKER_LAYER, CONFIG);
    assertThatThrownBy(
            () -> composer.compose(repository, base, repository, base, "/azureml-run", "run-1"))
        .hasMessageContaining("is not a snapshot");
  }

  @Test
  void aBaseIsBroughtInLayerByLayerAndOnlyOnce() throws Exception {
    Repository from = registry.repository("library/python");
    Repository to = registry.repository("trainyard/imports");
    Manifest base = base(from, OCI, DOCKER_LAYER, CONFIG);
    assertThat(composer.isImported(base, to)).isFalse();
    var progress = new ArrayList<Long>();
    composer.importBase(from, base, to, progress::add);
    assertThat(composer.isImported(base, to)).isTrue();
    assertThat(progress).last().isEqualTo(base.layers().getFirst().size());
  }

  @Test
  void skopeoReadsWhatWasComposed() throws Exception {
    Repository repository = registry.repository("skopeo");
    Manifest base = base(repository, DOCKER, DOCKER_LAYER, CONFIG);
    Manifest image = compose(repository, base);
    Path copy = Files.createTempDirectory(files, "copy");
    Process skopeo =
        new ProcessBuilder(
                List.of(
                    "skopeo",
                    "copy",
                    "--src-tls-verify=false",
                    "docker://" + repository + "@" + image.digest(),
                    "dir:" + copy))
            .redirectErrorStream(true)
            .start();
    String output = new String(skopeo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(skopeo.waitFor()).as(output).isZero();
    assertThat(copy.resolve(image.layers().getLast().digest().hex())).isRegularFile();
  }

  private static Manifest compose(Repository repository, Manifest base) throws Exception {
    Snapshot snapshot = new SnapshotStore(client).pack(SourceFiles.of(SOURCE), repository);
    Digest digest =
        composer.compose(
            repository,
            base,
            repository,
            client.image(repository, snapshot.digest().text()),
            "/azureml-run",
            "run-1");
    return client.image(repository, digest.text());
  }

  private static void assertRefused(
      Repository repository, Manifest base, Kind kind, String message) {
    assertThatThrownBy(() -> compose(repository, base))
        .isInstanceOfSatisfying(RegistryException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageContaining(message);
  }

  private static Manifest base(
      Repository repository, String mediaType, String layerType, String config) throws Exception {
    byte[] configBytes = config.getBytes(StandardCharsets.UTF_8);
    client.pushBlob(repository, Digest.of(configBytes), BodyPublishers.ofByteArray(configBytes));
    byte[] layer = "a layer".getBytes(StandardCharsets.UTF_8);
    client.pushBlob(repository, Digest.of(layer), BodyPublishers.ofByteArray(layer));
    ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
    manifest.put("mediaType", mediaType);
    manifest
        .putObject("config")
        .put(
            "mediaType",
            mediaType.equals(DOCKER)
                ? "application/vnd.docker.container.image.v1+json"
                : "application/vnd.oci.image.config.v1+json")
        .put("digest", Digest.of(configBytes).text())
        .put("size", configBytes.length);
    manifest
        .putArray("layers")
        .addObject()
        .put("mediaType", layerType)
        .put("digest", Digest.of(layer).text())
        .put("size", layer.length);
    Digest digest =
        client.pushManifest(repository, "base", mediaType, JSON.writeValueAsBytes(manifest));
    return client.image(repository, digest.text());
  }
}
