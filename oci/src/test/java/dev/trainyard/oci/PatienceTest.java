package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatienceTest {
  private static final Instant NOW = Instant.parse("2026-11-24T08:00:00Z");
  private static final Patience PATIENCE =
      new Patience(3, Duration.ofSeconds(1), Duration.ofSeconds(10));

  @ParameterizedTest
  @ValueSource(ints = {408, 429, 500, 502, 503, 504})
  void passingTroubleIsTriedAgain(int status) {
    assertThat(PATIENCE.pause(1, status, Optional.empty(), NOW)).contains(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 201, 202, 307, 400, 401, 403, 404, 405, 413, 501})
  void anAnswerThatWillNotChangeIsTaken(int status) {
    assertThat(PATIENCE.pause(1, status, Optional.empty(), NOW)).isEmpty();
  }

  @Test
  void pausesGrowFourfoldUpToTheLongest() {
    assertThat(PATIENCE.pause(2)).contains(Duration.ofSeconds(4));
    assertThat(PATIENCE.pause(3)).contains(Duration.ofSeconds(10));
  }

  @Test
  void itEnds() {
    assertThat(PATIENCE.pause(4)).isEmpty();
    assertThat(PATIENCE.pause(4, 429, Optional.of("1"), NOW)).isEmpty();
  }

  @Test
  void theRegistrysOwnPauseCounts() {
    assertThat(PATIENCE.pause(1, 429, Optional.of("7"), NOW)).contains(Duration.ofSeconds(7));
  }

  @Test
  void aDateIsUnderstoodToo() {
    assertThat(PATIENCE.pause(1, 503, Optional.of("Tue, 24 Nov 2026 08:00:05 GMT"), NOW))
        .contains(Duration.ofSeconds(5));
    assertThat(PATIENCE.pause(1, 503, Optional.of("Tue, 24 Nov 2026 07:00:00 GMT"), NOW))
        .contains(Duration.ZERO);
  }

  @Test
  void aRegistryThatAsksForTooMuchIsGivenUp() {
    assertThat(PATIENCE.pause(1, 429, Optional.of("3600"), NOW)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "-1", "99999999999999999999"})
  void aPauseThatCannotBeReadIsOurOwn(String text) {
    assertThat(PATIENCE.pause(1, 429, Optional.of(text), NOW)).contains(Duration.ofSeconds(1));
  }
}
