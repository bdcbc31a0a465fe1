package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.oci.RegistryException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the real docker-registry. */
class RegistryClientTest {
  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";

  @TempDir static Path openFiles;
  @TempDir static Path lockedFiles;
  private static DockerRegistry open;
  private static DockerRegistry locked;

  @BeforeAll
  static void startRegistries() throws IOException {
    open = DockerRegistry.open(openFiles);
    locked = DockerRegistry.locked(lockedFiles);
  }

  @AfterAll
  static void endRegistries() {
    open.close();
    locked.close();
  }

  @Test
  void whatIsNotThereIsEmptyAndNoError() throws RegistryException {
    assertThat(open.client().manifest(open.repository("none"), "latest")).isEmpty();
    assertThat(open.client().hasBlob(open.repository("none"), digest("none"))).isFalse();
  }

  @Test
  void aBlobIsPushedOnce() throws RegistryException {
    Repository repository = open.repository("once");
    assertThat(push(open.client(), repository, "content")).isEqualTo(7);
    assertThat(push(open.client(), repository, "content")).isZero();
    assertThat(open.client().blob(repository, digest("content"))).asString().isEqualTo("content");
  }

  @Test
  void whatThisClientDeletedIsNotRecalled() throws RegistryException {
    Repository repository = open.repository("recalled");
    RegistryClient client = open.client();
    Digest there = pushImage(repository, "latest");
    RegistryClient recalling = client.recalling();
    assertThat(recalling.manifest(repository, there.text())).isPresent();
    client.deleteManifest(repository, there);
    assertThat(recalling.manifest(repository, there.text())).isEmpty();
  }

  @Test
  void aClientThatWasNotMadeToRecallAsksEachTime() throws RegistryException {
    Repository repository = open.repository("asked");
    Digest there = pushImage(repository, "latest");
    RegistryClient asking = open.client();
    assertThat(asking.manifest(repository, there.text())).isPresent();
    open.client().deleteManifest(repository, there);
    assertThat(asking.manifest(repository, there.text())).isEmpty();
  }

  @Test
  void anEmptyBlobIsABlobToo() throws RegistryException {
    Repository repository = open.repository("empty");
    push(open.client(), repository, "");
    assertThat(open.client().hasBlob(repository, digest(""))).isTrue();
    client()
        .copyBlob(
            repository, locked(DockerRegistry.PASSWORD), descriptor(digest(""), 0), bytes -> {});
    assertThat(client().hasBlob(locked(DockerRegistry.PASSWORD), digest(""))).isTrue();
  }

  @Test
  void aStreamOfUnknownLengthIsPushed() throws RegistryException {
    byte[] bytes = "x".repeat(300_000).getBytes(StandardCharsets.UTF_8);
    long sent =
        open.client()
            .pushBlob(
                open.repository("stream"),
                Digest.of(bytes),
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)));
    assertThat(sent).isEqualTo(300_000);
  }

  @Test
  void aBlobThatIsNotWhatItsDigestSaysIsRejected() {
    assertKind(
        Kind.REJECTED,
        "DIGEST_INVALID",
        () ->
            open.client()
                .pushBlob(
                    open.repository("wrong"),
                    digest("something else"),
                    BodyPublishers.ofString("content")));
  }

  @Test
  void aBlobIsMountedFromItsNeighbourWithoutBeingSent() throws RegistryException {
    push(open.client(), open.repository("a/base"), "layer");
    var progress = new ArrayList<Long>();
    open.client()
        .copyBlob(
            open.repository("a/base"),
            open.repository("b/run"),
            descriptor(digest("layer"), 5),
            progress::add);
    assertThat(open.client().hasBlob(open.repository("b/run"), digest("layer"))).isTrue();
    assertThat(progress).isEmpty();
  }

  @Test
  void aBlobOfAnotherRegistryIsStreamedAndToldAboutOnTheWay() throws RegistryException {
    String content = "y".repeat(200_000);
    push(open.client(), open.repository("far"), content);
    var progress = new ArrayList<Long>();
    Repository to = locked(DockerRegistry.PASSWORD);
    client()
        .copyBlob(open.repository("far"), to, descriptor(digest(content), 200_000), progress::add);
    assertThat(client().hasBlob(to, digest(content))).isTrue();
    assertThat(progress).last().isEqualTo(200_000L);
  }

  @Test
  void aBlobThatIsNowhereCannotBeCopied() {
    assertKind(
        Kind.NOT_FOUND,
        "the blob",
        () ->
            open.client()
                .copyBlob(
                    open.repository("a/base"),
                    open.repository("b/none"),
                    descriptor(digest("nowhere"), 7),
                    bytes -> {}));
  }

  @Test
  void aManifestIsFoundByTagAndByDigest() throws RegistryException {
    Repository repository = open.repository("manifests");
    Digest digest = pushImage(repository, "v1");
    assertThat(open.client().manifest(repository, "v1").orElseThrow().digest()).isEqualTo(digest);
    Manifest manifest = open.client().manifest(repository, digest.text()).orElseThrow();
    assertThat(manifest.mediaType()).isEqualTo(MANIFEST);
    assertThat(manifest.layers()).extracting(Descriptor::size).containsExactly(7L);
  }

  @Test
  void aManifestGetsOneMoreTagAndStaysTheSame() throws RegistryException {
    Repository repository = open.repository("tags");
    Digest digest = pushImage(repository, "v1");
    open.client().tag(repository, digest, "v2");
    assertThat(open.client().manifest(repository, "v2").orElseThrow().digest()).isEqualTo(digest);
  }

  @Test
  void aManifestWhoseBlobsAreMissingIsRejected() {
    assertKind(
        Kind.REJECTED,
        "MANIFEST",
        () ->
            open.client()
                .pushManifest(
                    open.repository("rejected"), "v1", MANIFEST, manifest("no such layer")));
  }

  @Test
  void anIndexLeadsToItsImageForLinuxOnAmd64() throws RegistryException {
    Repository repository = open.repository("index");
    Digest image = pushImage(repository, "amd64");
    byte[] index =
        """
        {"schemaVersion": 2, "mediaType": "%s", "manifests": [
          {"mediaType": "%s", "digest": "%s", "size": %d,
           "platform": {"os": "linux", "architecture": "amd64"}}]}
        """
            .formatted(INDEX, MANIFEST, image, manifest("content").length)
            .getBytes(StandardCharsets.UTF_8);
    open.client().pushManifest(repository, "all", INDEX, index);
    assertThat(open.client().image(repository, "all").digest()).isEqualTo(image);
  }

  @Test
  void anIndexWithoutOurPlatformSaysSo() throws RegistryException {
    Repository repository = open.repository("arm");
    byte[] index =
        "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"manifests\": []}"
            .formatted(INDEX)
            .getBytes(StandardCharsets.UTF_8);
    open.client().pushManifest(repository, "v1", INDEX, index);
    assertKind(
        Kind.NOT_FOUND, "has none for linux/amd64", () -> open.client().image(repository, "v1"));
  }

  @Test
  void anImageThatDoesNotExistIsNamedInFull() {
    assertKind(
        Kind.NOT_FOUND,
        "There is no image " + open.host() + "/nobody:v9",
        () -> open.client().image(open.repository("nobody"), "v9"));
  }

  @Test
  void userAndPasswordOpenALockedRegistry() throws RegistryException {
    assertThat(push(client(), locked(DockerRegistry.PASSWORD), "secret")).isEqualTo(6);
  }

  @Test
  void withoutThemItStaysClosed() {
    Repository repository = new Repository(locked.host(), "locked", Credentials.NONE);
    assertKind(Kind.UNAUTHORIZED, "401", () -> push(client(), repository, "secret"));
    assertKind(Kind.UNAUTHORIZED, "401", () -> client().manifest(repository, "v1"));
  }

  @Test
  void aWrongPasswordIsRefusedAndNotShown() {
    assertThatThrownBy(() -> push(client(), locked("hunter2"), "secret"))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("401")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void whatOnesPasswordOpenedStaysClosedForAnother() throws RegistryException {
    RegistryClient shared = client();
    push(shared, locked(DockerRegistry.PASSWORD), "shared");
    Repository stranger = new Repository(locked.host(), "locked", Credentials.NONE);
    assertKind(Kind.UNAUTHORIZED, "401", () -> shared.hasBlob(stranger, digest("shared")));
  }

  @Test
  void aRegistryThatIsDownIsUnreachable() throws IOException {
    Repository repository;
    try (var socket = new ServerSocket(0)) {
      repository = new Repository("127.0.0.1:" + socket.getLocalPort(), "down", Credentials.NONE);
    }
    var endpoints = new RegistryEndpoints(Map.of(), Set.of(repository.registry()));
    assertKind(
        Kind.UNREACHABLE,
        "it refuses the connection",
        () -> new RegistryClient(endpoints).manifest(repository, "v1"));
  }

  @Test
  void aRegistryWithoutAnAddressIsUnreachable() {
    var repository = new Repository("no-such-registry.invalid", "a", Credentials.NONE);
    assertKind(
        Kind.UNREACHABLE,
        "there is no address for no-such-registry.invalid",
        () -> client().manifest(repository, "v1"));
  }

  @Test
  void aRegistryThatSpeaksNoHttpsIsUnreachable() {
    var mirrors = Map.of("plain.test", "https://" + open.host());
    var client = new RegistryClient(new RegistryEndpoints(mirrors, Set.of()));
    assertKind(
        Kind.UNREACHABLE,
        "https does not work",
        () -> client.manifest(new Repository("plain.test", "a", Credentials.NONE), "v1"));
  }

  @Test
  void aRegistryIsReachedThroughItsMirror() throws RegistryException {
    push(open.client(), open.repository("mirrored"), "content");
    var mirrors = Map.of("mcr.microsoft.com", "http://" + open.host() + "/");
    var client = new RegistryClient(new RegistryEndpoints(mirrors, Set.of()));
    var repository = new Repository("mcr.microsoft.com", "mirrored", Credentials.NONE);
    assertThat(client.hasBlob(repository, digest("content"))).isTrue();
  }

  @Test
  void aRegistryThatAUserNamesIsNotThisMachine() {
    for (String host : List.of("127.0.0.1:5000", "localhost:5000", "169.254.169.254")) {
      var repository = new Repository(host, "latest", Credentials.NONE);
      assertKind(Kind.REJECTED, "is not asked", () -> client().manifest(repository, "v1"));
    }
  }

  private static RegistryClient client() {
    return new RegistryClient(new RegistryEndpoints(Map.of(), Set.of(open.host(), locked.host())));
  }

  private static Repository locked(String password) {
    byte[] config =
        DockerRegistry.config(locked.host(), DockerRegistry.USER, password)
            .getBytes(StandardCharsets.UTF_8);
    return new Repository(locked.host(), "locked", Credentials.fromDockerConfig(config));
  }

  private static Digest pushImage(Repository repository, String tag) throws RegistryException {
    push(open.client(), repository, "content");
    push(open.client(), repository, "{}");
    return open.client().pushManifest(repository, tag, MANIFEST, manifest("content"));
  }

  private static byte[] manifest(String layer) {
    return """
    {"schemaVersion": 2, "mediaType": "%s",
     "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": "%s", "size": 2},
     "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                 "digest": "%s", "size": %d}]}
    """
        .formatted(MANIFEST, digest("{}"), digest(layer), layer.length())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static long push(RegistryClient client, Repository repository, String content)
      throws RegistryException {
    return client.pushBlob(repository, digest(content), BodyPublishers.ofString(content));
  }

  private static Descriptor descriptor(Digest digest, long size) {
    return new Descriptor("application/octet-stream", digest, size);
  }

  private static Digest digest(String content) {
    return Digest.of(content.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertKind(Kind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RegistryException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message);
  }
}
