package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {

  @Test
  void userAndPasswordAreEncoded() {
    assertThat(decoded("{\"auths\": {\"r.test\": {\"username\": \"u\", \"password\": \"p:q\"}}}"))
        .contains("u:p:q");
  }

  @Test
  void anAuthGoesBeforeUserAndPassword() {
    assertThat(
            decoded(
                "{\"auths\": {\"r.test\": {\"auth\": \"%s\", \"username\": \"x\"}}}"
                    .formatted(encoded("u:p"))))
        .contains("u:p");
  }

  @Test
  void lineEndsInAnAuthDoNotReachTheHeader() {
    String auth =
        encoded("user:a long password").substring(0, 8)
            + "\\n"
            + encoded("user:a long password").substring(8);
    assertThat(decoded("{\"auths\": {\"r.test\": {\"auth\": \"" + auth + "\"}}}"))
        .contains("user:a long password");
  }

  @ParameterizedTest
  @ValueSource(strings = {"r.test", "https://r.test", "https://r.test/", "r.test/v2/", "r.test/a"})
  void aPlaceIsFoundHoweverItIsWritten(String place) {
    assertThat(decoded(DockerRegistry.config(place, "u", "p"))).contains("u:p");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://index.docker.io/v1/",
        "docker.io",
        "index.docker.io",
        "registry-1.docker.io"
      })
  void dockerHubHasManyNames(String place) {
    Credentials credentials = read(DockerRegistry.config(place, "u", "p"));
    assertThat(credentials.basic("docker.io", "library/python")).isPresent();
  }

  @Test
  void theLongestPathWins() {
    Credentials credentials =
        read(
            """
            {"auths": {"r.test": {"username": "all", "password": "p"},
                       "r.test/team": {"username": "team", "password": "p"}}}
            """);
    assertThat(text(credentials.basic("r.test", "team/image"))).contains("team:p");
    assertThat(text(credentials.basic("r.test", "teammates/image"))).contains("all:p");
  }

  @Test
  void anotherRegistryGetsNothing() {
    Credentials credentials = read(DockerRegistry.config("r.test", "u", "p"));
    assertThat(credentials.basic("r.test.evil.example", "a")).isEmpty();
    assertThat(credentials.basic("r.test:5000", "a")).isEmpty();
  }

  @Test
  void anEntryOfACredentialHelperIsNoEmptyPassword() {
    assertThat(read("{\"auths\": {\"r.test\": {}}}").basic("r.test", "a")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "[\"hunter2\"]", "", "{\"auths\": hunter2}"})
  void whatIsNoConfigIsRefusedWithoutShowingIt(String config) {
    assertThatThrownBy(() -> read(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the registry credentials are not a Docker config.json")
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2", "%%%hunter2"})
  void anAuthThatIsNoUserAndPasswordIsRefusedWithoutShowingIt(String auth) {
    assertThatThrownBy(() -> read("{\"auths\": {\"r.test\": {\"auth\": \"" + auth + "\"}}}"))
        .hasMessageContaining("r.test")
        .hasMessageNotContaining("hunter2")
        .hasNoCause();
  }

  @Test
  void printingThemShowsNoSecret() {
    assertThat(read(DockerRegistry.config("r.test", "u", "hunter2")))
        .hasToString("Credentials for [r.test]");
  }

  private static Credentials read(String config) {
    return Credentials.fromDockerConfig(config.getBytes(StandardCharsets.UTF_8));
  }

  private static Optional<String> decoded(String config) {
    return text(read(config).basic("r.test", "a"));
  }

  private static Optional<String> text(Optional<String> basic) {
    return basic.map(b -> new String(Base64.getDecoder().decode(b), StandardCharsets.UTF_8));
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
