package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.trainyard.oci.RegistryException.Kind;
import dev.trainyard.oci.RegistryProxy.Fault;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real registry cannot be made to show, put between it and the client. */
class RegistryFaultsTest {
  private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = Digest.of(CONTENT);

  @TempDir static Path files;
  private static DockerRegistry registry;
  private RegistryProxy proxy;

  @BeforeAll
  static void startRegistry() throws IOException, RegistryException {
    registry = DockerRegistry.open(files);
    registry
        .client()
        .pushBlob(registry.repository("a"), DIGEST, BodyPublishers.ofByteArray(CONTENT));
  }

  @AfterAll
  static void endRegistry() {
    registry.close();
  }

  @BeforeEach
  void startProxy() throws IOException {
    proxy = new RegistryProxy(registry.url());
  }

  @AfterEach
  void endProxy() {
    proxy.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503})
  void passingTroubleIsBorneWith(int status) throws RegistryException {
    proxy.with(times(2, e -> RegistryProxy.send(e, status, "busy")));
    assertThat(proxy.client().blob(proxy.repository("a"), DIGEST)).isEqualTo(CONTENT);
    assertThat(proxy.seen()).hasSize(3);
  }

  @Test
  void troubleThatDoesNotPassEndsTheTries() {
    proxy.with(e -> RegistryProxy.send(e, 503, "down"));
    assertKind(Kind.UNREACHABLE, "503", () -> proxy.client().manifest(proxy.repository("a"), "v1"));
    assertThat(proxy.seen()).hasSize(3);
  }

  @Test
  void aPauseThatTheRegistryAsksForIsKept() throws RegistryException {
    proxy.with(
        times(
            1,
            e -> {
              e.getResponseHeaders().set("Retry-After", "0");
              return RegistryProxy.send(e, 429, "");
            }));
    assertThat(proxy.client().hasBlob(proxy.repository("a"), DIGEST)).isTrue();
  }

  @Test
  void aPauseThatIsTooLongIsNotSleptThrough() {
    proxy.with(e -> {
      e.getResponseHeaders().set("Retry-After", "600");
      return RegistryProxy.send(e, 429, "{\"errors\": [{\"code\": \"TOOMANYREQUESTS\"}]}");
    });
    assertKind(
        Kind.UNREACHABLE,
        "TOOMANYREQUESTS",
        () -> proxy.client().blob(proxy.repository("a"), DIGEST));
    assertThat(proxy.seen()).hasSize(1);
  }

  @Test
  void aConnectionThatBreaksIsTriedAgain() throws RegistryException {
    proxy.with(
        times(
            1,
            e -> {
              e.sendResponseHeaders(200, 1_000);
              e.getResponseBody().write(1);
              return true;
            }));
    assertThat(proxy.client().blob(proxy.repository("a"), DIGEST)).isEqualTo(CONTENT);
  }

  @Test
  void aPushIsSentAgainWhenTheRegistryWasBusy() throws RegistryException {
    proxy.with(
        times(1, e -> e.getRequestMethod().equals("PUT") && RegistryProxy.send(e, 503, "busy")));
    byte[] other = "pushed again".getBytes(StandardCharsets.UTF_8);
    proxy
        .client()
        .pushBlob(proxy.repository("again"), Digest.of(other), BodyPublishers.ofByteArray(other));
    assertThat(registry.client().hasBlob(registry.repository("again"), Digest.of(other))).isTrue();
  }

  @Test
  void aCopyThatBreaksOnTheWayBeginsAnew() throws RegistryException {
    proxy.with(
        times(
            1,
            e -> {
              if (!e.getRequestMethod().equals("GET")) {
                return false;
              }
              e.sendResponseHeaders(200, CONTENT.length);
              e.getResponseBody().write(CONTENT, 0, 3);
              return true;
            }));
    RegistryClient client = proxy.client(registry.host());
    client.copyBlob(
        proxy.repository("a"),
        registry.repository("copied"),
        new Descriptor("", DIGEST, CONTENT.length),
        bytes -> {});
    assertThat(client.hasBlob(registry.repository("copied"), DIGEST)).isTrue();
    assertThat(proxy.count("GET", "/blobs/")).isEqualTo(2);
  }

  @Test
  void aRegistryWithoutMountsIsStreamedTo() throws RegistryException {
    proxy.with(
        e -> e.getRequestURI().toString().contains("mount=") && RegistryProxy.send(e, 405, ""));
    proxy
        .client()
        .copyBlob(
            proxy.repository("a"),
            proxy.repository("unmounted"),
            new Descriptor("", DIGEST, CONTENT.length),
            bytes -> {});
    assertThat(registry.client().hasBlob(registry.repository("unmounted"), DIGEST)).isTrue();
  }

  @Test
  void contentThatIsNotWhatWasAskedForIsRefused() {
    proxy.with(e -> RegistryProxy.send(e, 200, "{\"schemaVersion\": 2}"));
    assertKind(
        Kind.INVALID,
        "with other content",
        () -> proxy.client().manifest(proxy.repository("a"), DIGEST.text()));
    assertKind(
        Kind.INVALID,
        "with other content",
        () -> proxy.client().jsonBlob(proxy.repository("a"), DIGEST));
  }

  @Test
  void aManifestOfMoreThanFourMegabytesIsNotReadToItsEnd() {
    proxy.with(e -> RegistryProxy.send(e, 200, " ".repeat(5 << 20)));
    assertThatThrownBy(() -> proxy.client().manifest(proxy.repository("a"), "v1"))
        .isInstanceOf(RegistryException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"<html>login</html>", "[]", "\"text\"", ""})
  void aManifestThatIsNoJsonObjectIsRefusedWithoutShowingIt(String body) {
    proxy.with(e -> RegistryProxy.send(e, 200, body));
    assertThatThrownBy(() -> proxy.client().manifest(proxy.repository("a"), "v1"))
        .hasMessageContaining("is not a JSON object")
        .hasMessageNotContaining("login");
  }

  @Test
  void anIndexThatLeadsToItselfIsGivenUp() {
    // A digest cannot be made to lead to itself; a registry that lies is found out by it.
    String index =
        "{\"manifests\": [{\"digest\": \"%s\", \"platform\":"
            + " {\"os\": \"linux\", \"architecture\": \"amd64\"}}]}";
    proxy.with(e -> RegistryProxy.send(e, 200, index.formatted(DIGEST)));
    assertKind(
        Kind.INVALID, "other content", () -> proxy.client().image(proxy.repository("a"), "v1"));
  }

  @Test
  void whatAStrangersServerSaysIsNotShown() {
    proxy.with(e -> RegistryProxy.send(e, 500, "AccessKey: hunter2"));
    assertThatThrownBy(() -> proxy.client().manifest(proxy.repository("a"), "v1"))
        .hasMessageContaining("500")
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void aRedirectToAnotherHostDoesNotGetTheCredentials() throws Exception {
    try (var storage = new RegistryProxy(registry.url())) {
      proxy.with(e -> {
        if (e.getRequestHeaders().getFirst("Authorization") == null) {
          e.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
          return RegistryProxy.send(e, 401, "");
        }
        e.getResponseHeaders().set("Location", "http://" + storage.host() + e.getRequestURI());
        return RegistryProxy.send(e, 307, "");
      });
      byte[] read =
          proxy.client(storage.host()).blob(proxy.repository("a", "u", "hunter2"), DIGEST);
      assertThat(read).isEqualTo(CONTENT);
      assertThat(storage.seen()).extracting(RegistryProxy.Seen::authorization).containsOnlyNulls();
    }
  }

  @Test
  void anUploadToAnotherHostDoesNotGetTheCredentials() throws Exception {
    try (var storage = new RegistryProxy(registry.url())) {
      storage.with(e -> RegistryProxy.send(e, 201, ""));
      proxy.with(e -> {
        if (e.getRequestHeaders().getFirst("Authorization") == null) {
          e.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"test\"");
          return RegistryProxy.send(e, 401, "");
        }
        e.getResponseHeaders().set("Location", "http://" + storage.host() + "/put?id=1");
        return e.getRequestMethod().equals("POST") && RegistryProxy.send(e, 202, "");
      });
      byte[] other = "uploaded elsewhere".getBytes(StandardCharsets.UTF_8);
      proxy
          .client()
          .pushBlob(
              proxy.repository("a", "u", "hunter2"),
              Digest.of(other),
              BodyPublishers.ofByteArray(other));
      assertThat(storage.seen())
          .containsExactly(
              new RegistryProxy.Seen("PUT", "/put?id=1&digest=" + Digest.of(other), null));
    }
  }

  @Test
  void redirectsWithoutEndAreGivenUp() {
    proxy.with(e -> {
      e.getResponseHeaders().set("Location", e.getRequestURI() + "x");
      return RegistryProxy.send(e, 302, "");
    });
    assertKind(
        Kind.INVALID, "without end", () -> proxy.client().blob(proxy.repository("a"), DIGEST));
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "gopher://x/", "http://[broken", "http:///"})
  void aRedirectToWhatIsNoWebServerIsNotFollowed(String location) {
    proxy.with(e -> {
      e.getResponseHeaders().set("Location", location);
      return RegistryProxy.send(e, 302, "");
    });
    assertThatThrownBy(() -> proxy.client().blob(proxy.repository("a"), DIGEST))
        .isInstanceOf(RegistryException.class)
        .hasMessageNotContaining("passwd");
  }

  @Test
  void anUploadWithoutALocationIsNamed() {
    proxy.with(e -> e.getRequestMethod().equals("POST") && RegistryProxy.send(e, 202, ""));
    byte[] other = "no location".getBytes(StandardCharsets.UTF_8);
    assertKind(
        Kind.INVALID,
        "does not say where to upload to",
        () ->
            proxy
                .client()
                .pushBlob(
                    proxy.repository("a"), Digest.of(other), BodyPublishers.ofByteArray(other)));
  }

  @Test
  void aClientWithMorePatienceTriesMoreOften() throws RegistryException {
    proxy.with(times(4, e -> RegistryProxy.send(e, 503, "")));
    var patience = new Patience(4, Duration.ofMillis(1), Duration.ofMillis(5));
    var endpoints = new RegistryEndpoints(Map.of(), Set.of(proxy.host()));
    assertThat(new RegistryClient(endpoints, patience).hasBlob(proxy.repository("a"), DIGEST))
        .isTrue();
  }

  /** A fault that ends after a number of requests that it answered. */
  private static Fault times(int times, Fault fault) {
    var left = new AtomicInteger(times);
    return (HttpExchange exchange) -> {
      if (left.get() > 0 && fault.answers(exchange)) {
        left.decrementAndGet();
        return true;
      }
      return false;
    };
  }

  private static void assertKind(Kind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            RegistryException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message);
  }
}
