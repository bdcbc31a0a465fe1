package dev.trainyard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.DockerRegistry;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real docker-registry. */
class SnapshotStoreTest {
  @TempDir static Path files;
  private static DockerRegistry registry;
  private static SnapshotStore store;

  @BeforeAll
  static void startRegistry() throws IOException {
    registry = DockerRegistry.open(files);
    store = new SnapshotStore(registry.client());
  }

  @AfterAll
  static void endRegistry() {
    registry.close();
  }

  @Test
  void aSourceIsPackedAndPushed() throws Exception {
    Repository repository = registry.repository("trainyard/first");
    Snapshot snapshot = store.pack(source("train.py", "print(1)"), repository);
    assertThat(snapshot.files()).isEqualTo(1);
    assertThat(snapshot.pushedBytes()).isPositive();
    Manifest manifest = registry.client().image(repository, snapshot.digest().text());
    assertThat(manifest.layers()).hasSize(1);
    assertThat(manifest.annotation("dev.trainyard.snapshot.diff-id"))
        .contains(snapshot.diffId().text());
  }

  @Test
  void theSameContentIsNotPushedAgain() throws Exception {
    Repository repository = registry.repository("trainyard/same");
    Snapshot first = store.pack(source("train.py", "print(2)"), repository);
    Snapshot second = store.pack(source("train.py", "print(2)"), repository);
    assertThat(second).isEqualTo(new Snapshot(first.digest(), first.diffId(), first.files(), 0));
  }

  @Test
  void anEmptySourceIsASnapshotToo() throws Exception {
    Repository repository = registry.repository("trainyard/empty");
    assertThat(store.pack(SourceFiles.of(Map.of()), repository).files()).isZero();
    assertThat(store.pack(SourceFiles.of(Map.of()), repository).pushedBytes()).isZero();
  }

  @Test
  void anotherNamespaceHasItsOwn() throws Exception {
    Snapshot one = store.pack(source("a", "b"), registry.repository("trainyard/one"));
    Snapshot two = store.pack(source("a", "b"), registry.repository("trainyard/two"));
    assertThat(two.digest()).isEqualTo(one.digest());
    assertThat(two.pushedBytes()).isEqualTo(one.pushedBytes());
  }

  @Test
  void aRememberedSourceIsFoundWithoutItsFiles() throws Exception {
    Repository repository = registry.repository("trainyard/remembered");
    SourceKey key = SourceKey.of("git", "https://git.test/a", "c0ffee", "src");
    assertThat(store.remembered(repository, key)).isEmpty();
    Snapshot snapshot = store.pack(source("train.py", "print(3)"), repository);
    store.remember(repository, key, snapshot);
    assertThat(store.remembered(repository, key))
        .contains(new Snapshot(snapshot.digest(), snapshot.diffId(), 1, 0));
    assertThat(
            store.remembered(repository, SourceKey.of("git", "https://git.test/a", "c0ffee", "")))
        .isEmpty();
  }

  @Test
  void aSnapshotWhoseLayerIsGoneIsPackedAgain() throws Exception {
    Repository repository = registry.repository("trainyard/emptied");
    Snapshot first = store.pack(source("train.py", "print(4)"), repository);
    Digest layer =
        registry.client().image(repository, first.digest().text()).layers().getFirst().digest();
    delete("/v2/trainyard/emptied/blobs/" + layer);
    Snapshot again = store.pack(source("train.py", "print(4)"), repository);
    assertThat(again.digest()).isEqualTo(first.digest());
    assertThat(registry.client().hasBlob(repository, layer)).isTrue();
  }

  @Test
  void aSnapshotKnowsItsPaths() throws Exception {
    Repository repository = registry.repository("trainyard/paths");
    Digest digest =
        store.pack(source("src/train.py", "", "conda.yml", "name: x"), repository).digest();
    assertThat(store.contains(repository, digest, "src/train.py")).isTrue();
    assertThat(store.contains(repository, digest, "conda.yml")).isTrue();
    assertThat(store.contains(repository, digest, "train.py")).isFalse();
    assertThat(store.contains(repository, digest, "src")).isFalse();
  }

  @Test
  void aSnapshotThatIsGoneSaysSo() {
    assertThatThrownBy(() ->
            store.contains(
                registry.repository("trainyard/gone"), Digest.of(new byte[0]), "train.py"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("is no longer in");
  }

  @Test
  void dependencyFilesTravelInTheConfig() throws Exception {
    Repository repository = registry.repository("trainyard/specs");
    Snapshot snapshot =
        store.pack(
            source(
                "conda_dependencies.yml", "name: ü\n",
                "env/other.yaml", "a: b\n",
                "big.yml", "x".repeat(70_000),
                "train.py", "pass"),
            repository);
    Manifest manifest = registry.client().image(repository, snapshot.digest().text());
    JsonNode specs =
        registry.client().jsonBlob(repository, manifest.config().digest()).path("specs");
    assertThat(specs.size()).isEqualTo(2);
    assertThat(specs.path("conda_dependencies.yml").asText()).isEqualTo("name: ü\n");
    assertThat(specs.path("env/other.yaml").asText()).isEqualTo("a: b\n");
  }

  @Test
  void keysOfDifferentPartsAreDifferent() {
    assertThat(SourceKey.of("a", "bc")).isNotEqualTo(SourceKey.of("ab", "c"));
    assertThat(SourceKey.of("a")).isNotEqualTo(SourceKey.of("a", ""));
    assertThat(SourceKey.of("a", "b").tag()).matches("source-[0-9a-f]{64}");
  }

  private static void delete(String path) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(URI.create(registry.url() + path)).DELETE().build();
      assertThat(http.send(request, BodyHandlers.discarding()).statusCode()).isEqualTo(202);
    }
  }

  private static SourceFiles source(String... pathsAndTexts) throws Exception {
    var source = new TreeMap<String, byte[]>();
    for (int i = 0; i < pathsAndTexts.length; i += 2) {
      source.put(pathsAndTexts[i], pathsAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
    }
    return SourceFiles.of(source);
  }
}
