package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A registry behind a token service, as public registries are. */
class AuthorizationTest {
  private static final Digest ABSENT = Digest.of(new byte[] {1});

  @TempDir static Path files;
  private static DockerRegistry registry;
  private RegistryProxy proxy;
  private final AtomicInteger issued = new AtomicInteger();
  private volatile int valid = 1;
  private volatile String challenge = "";
  private volatile String tokenBody = "{\"token\": \"t%d\"}";
  private volatile int tokenStatus = 200;

  @BeforeAll
  static void startRegistry() throws IOException {
    registry = DockerRegistry.open(files);
  }

  @AfterAll
  static void endRegistry() {
    registry.close();
  }

  @BeforeEach
  void startProxy() throws IOException {
    proxy = new RegistryProxy(registry.url()).with(this::tokens).with(this::gate);
    challenge =
        "Bearer realm=\"http://%s/token\",service=\"registry\",scope=\"repository:a:pull\""
            .formatted(proxy.host());
  }

  @AfterEach
  void endProxy() {
    proxy.close();
  }

  private boolean tokens(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestURI().getPath().equals("/token")) {
      return false;
    }
    return RegistryProxy.send(exchange, tokenStatus, tokenBody.formatted(issued.incrementAndGet()));
  }

  private boolean gate(HttpExchange exchange) throws IOException {
    String given = exchange.getRequestHeaders().getFirst("Authorization");
    if (("Bearer t" + valid).equals(given)) {
      return false;
    }
    if (!challenge.isEmpty()) {
      exchange.getResponseHeaders().set("WWW-Authenticate", challenge);
    }
    return RegistryProxy.send(exchange, 401, "");
  }

  @Test
  void aTokenIsBoughtWithTheCredentialsAndKept() throws RegistryException {
    RegistryClient client = proxy.client();
    Repository repository = proxy.repository("a", "u", "p");
    assertThat(client.hasBlob(repository, ABSENT)).isFalse();
    assertThat(client.hasBlob(repository, ABSENT)).isFalse();
    assertThat(issued).hasValue(1);
    assertThat(proxy.seen())
        .filteredOn(seen -> seen.path().startsWith("/token"))
        .singleElement()
        .satisfies(seen -> {
          assertThat(seen.path()).isEqualTo("/token?service=registry&scope=repository%3Aa%3Apull");
          assertThat(seen.authorization()).isEqualTo(basic("u:p"));
        });
  }

  @Test
  void withoutCredentialsTheTokenIsForAnybody() throws RegistryException {
    assertThat(proxy.client().hasBlob(proxy.repository("a"), ABSENT)).isFalse();
    assertThat(proxy.seen())
        .extracting(RegistryProxy.Seen::authorization)
        .noneMatch(value -> value != null && value.startsWith("Basic"));
  }

  @Test
  void aTokenThatRanOutIsMadeAnew() throws RegistryException {
    RegistryClient client = proxy.client();
    client.hasBlob(proxy.repository("a"), ABSENT);
    valid = 2;
    assertThat(client.hasBlob(proxy.repository("a"), ABSENT)).isFalse();
    assertThat(issued).hasValue(2);
  }

  @Test
  void aTokenThatOneUserBoughtOpensNothingForAnother() throws RegistryException {
    RegistryClient client = proxy.client();
    client.hasBlob(proxy.repository("a", "owner", "p"), ABSENT);
    tokenStatus = 401;
    assertThatThrownBy(() -> client.hasBlob(proxy.repository("a"), ABSENT))
        .isInstanceOfSatisfying(
            RegistryException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAUTHORIZED));
  }

  @Test
  void severalScopesAreSeveralParameters() throws RegistryException {
    challenge = challenge.replace(":pull\"", ":pull repository:b:pull,push\"");
    proxy.client().hasBlob(proxy.repository("a"), ABSENT);
    assertThat(proxy.seen())
        .anyMatch(seen ->
            seen.path()
                .endsWith("&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull%2Cpush"));
  }

  @Test
  void aChallengeWithoutQuotesIsUnderstood() throws RegistryException {
    challenge = challenge.replace("\"", "");
    assertThat(proxy.client().hasBlob(proxy.repository("a"), ABSENT)).isFalse();
  }

  @Test
  void anAccessTokenIsATokenToo() throws RegistryException {
    tokenBody = "{\"access_token\": \"t%d\", \"expires_in\": 300}";
    assertThat(proxy.client().hasBlob(proxy.repository("a"), ABSENT)).isFalse();
  }

  @Test
  void aRegistryThatSaysNothingOnHeadIsAskedAtItsBase() throws RegistryException {
    String asked = challenge;
    challenge = "";
    proxy.seen().clear();
    proxy.close();
    try (var quiet = restarted(asked)) {
      assertThat(quiet.client().hasBlob(quiet.repository("a"), ABSENT)).isFalse();
      assertThat(quiet.count("GET", "/v2/")).isEqualTo(1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private RegistryProxy restarted(String asked) throws IOException {
    var quiet = new RegistryProxy(registry.url());
    return quiet
        .with(this::tokens)
        .with(exchange -> {
          if (exchange.getRequestURI().getPath().equals("/v2/")) {
            String realm = asked.replaceFirst("127.0.0.1:\\d+", quiet.host());
            exchange.getResponseHeaders().set("WWW-Authenticate", realm);
          }
          return gate(exchange);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 503})
  void aTokenServiceInTroubleIsNoWrongPassword(int status) {
    tokenStatus = status;
    assertFails(Kind.UNREACHABLE, "answers " + status);
  }

  @Test
  void aTokenServiceThatRefusesIsNamed() {
    tokenStatus = 403;
    assertFails(Kind.UNAUTHORIZED, "The token service 127.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "{}", "{\"token\": \"hunter2\\nX-Evil: 1\"}", ""})
  void whatIsNoTokenIsRefusedWithoutShowingIt(String body) {
    tokenBody = body;
    assertFails(Kind.INVALID, "gives no token");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer realm=\"not a url\"", "Bearer realm=\"file:///x\"", "Bearer x=y"})
  void aTokenServiceThatIsNoUrlIsRefused(String broken) {
    challenge = broken;
    assertFails(Kind.INVALID, "token service that is not a URL");
  }

  @Test
  void aChallengeThatNobodyKnowsIsRefused() {
    challenge = "Negotiate";
    assertFails(Kind.UNAUTHORIZED, "answers 401");
  }

  private void assertFails(Kind kind, String message) {
    assertThatThrownBy(() -> proxy.client().hasBlob(proxy.repository("a", "u", "p"), ABSENT))
        .isInstanceOfSatisfying(
            RegistryException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message)
        .hasMessageNotContaining("hunter2");
  }

  private static String basic(String text) {
    return "Basic " + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
