package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the real docker-registry with https, and through a proxy. */
class RegistryConnectionsTest {
  private static final String AUTHORITIES = "TRAINYARD_REGISTRY_AUTHORITIES";
  private static final String PROXY = "TRAINYARD_REGISTRY_PROXY";
  private static final String NO_PROXY = "TRAINYARD_REGISTRY_NO_PROXY";

  @TempDir static Path secureFiles;
  @TempDir static Path otherFiles;
  @TempDir static Path plainFiles;
  private static ServerCertificate certificate;
  private static DockerRegistry secure;
  private static DockerRegistry plain;

  @BeforeAll
  static void startRegistries() throws IOException {
    certificate = ServerCertificate.in(secureFiles);
    secure = DockerRegistry.secure(secureFiles, certificate);
    plain = DockerRegistry.open(plainFiles);
  }

  @AfterAll
  static void endRegistries() {
    secure.close();
    plain.close();
  }

  @Test
  void aRegistryWithAPrivateAuthorityIsUsedOnceItIsTrusted() throws Exception {
    RegistryClient client = overHttps(Map.of(AUTHORITIES, certificate.text()));
    assertThat(push(client)).isEqualTo(7);
    assertThat(client.blob(repository(), content())).asString().isEqualTo("content");
  }

  @Test
  void withoutTheAuthorityItIsRefusedAndTheReasonIsNamed() {
    assertThatThrownBy(() -> push(overHttps(Map.of())))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("registry.test")
        .hasMessageContaining("https does not work");
  }

  @Test
  void anotherAuthorityOpensNothing() throws IOException {
    String other = ServerCertificate.in(otherFiles).text();
    assertThatThrownBy(() -> push(overHttps(Map.of(AUTHORITIES, other))))
        .hasMessageContaining("https does not work");
  }

  @Test
  void whatAnotherProcessIsToldMeansTheSame() throws IOException {
    RegistryConnections connections =
        RegistryConnections.from(
            Map.of(
                AUTHORITIES, certificate.text(),
                PROXY, "http://proxy:3128",
                NO_PROXY, "registry.svc, .local"));
    assertThat(RegistryConnections.from(connections.variables())).isEqualTo(connections);
    assertThat(RegistryConnections.PLAIN.variables()).isEmpty();
  }

  @Test
  void aRegistryIsReachedThroughAProxyUnlessItIsNamed() throws Exception {
    try (var proxy = new RegistryProxy(plain.url()).with(RegistryConnectionsTest::notFound)) {
      Map<String, String> through = Map.of(PROXY, "http://" + proxy.host());
      assertThat(throughProxy("registry.test", through)).isEmpty();
      assertThat(proxy.seen()).hasSize(1);
      Map<String, String> past = Map.of(PROXY, "http://" + proxy.host(), NO_PROXY, "127.0.0.1");
      assertThat(throughProxy(plain.host(), past)).isEmpty();
      assertThat(proxy.seen()).hasSize(1);
    }
  }

  /** What a proxy says for a registry that has nothing. */
  private static boolean notFound(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(404, -1);
    return true;
  }

  private static Optional<Manifest> throughProxy(String registry, Map<String, String> variables)
      throws RegistryException {
    var endpoints =
        new RegistryEndpoints(Map.of(), Set.of(registry), RegistryConnections.from(variables));
    return new RegistryClient(endpoints)
        .manifest(new Repository(registry, "none", Credentials.NONE), "latest");
  }

  @ParameterizedTest
  @CsvSource({
    "TRAINYARD_REGISTRY_AUTHORITIES, ca.crt, write certificates in PEM",
    "TRAINYARD_REGISTRY_PROXY, proxy:3128, write http://host:port",
    "TRAINYARD_REGISTRY_PROXY, http://me:secret@proxy:3128, without user or password"
  })
  void aWrongValueIsNamedWithWhatToWrite(String name, String value, String advice) {
    assertThatThrownBy(() -> RegistryConnections.from(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name)
        .hasMessageContaining(advice);
  }

  private static RegistryClient overHttps(Map<String, String> variables) {
    var mirrors = Map.of("registry.test", "https://" + secure.host());
    return new RegistryClient(
        new RegistryEndpoints(mirrors, Set.of(), RegistryConnections.from(variables)));
  }

  private static Repository repository() {
    return new Repository("registry.test", "secure", Credentials.NONE);
  }

  private static Digest content() {
    return Digest.of("content".getBytes(StandardCharsets.UTF_8));
  }

  private static long push(RegistryClient client) throws RegistryException {
    return client.pushBlob(
        repository(), content(), BodyPublishers.ofString("content", StandardCharsets.UTF_8));
  }
}
