package dev.trainyard.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPauseTest {
  private static final Instant NOW = Instant.parse("2026-11-24T08:00:00Z");

  @ParameterizedTest
  @CsvSource({"0, 15", "1, 30", "2, 60", "5, 480", "6, 480", "1000, 480", "-1, 15"})
  void pausesDoubleUpToEightMinutes(int retries, int seconds) {
    assertThat(RetryPause.left(retries, NOW, NOW)).contains(Duration.ofSeconds(seconds));
  }

  @Test
  void whatHasPassedCounts() {
    assertThat(RetryPause.left(0, NOW.minusSeconds(10), NOW)).contains(Duration.ofSeconds(5));
    assertThat(RetryPause.left(0, NOW.minusSeconds(15), NOW)).isEmpty();
    assertThat(RetryPause.left(0, Instant.EPOCH, NOW)).isEmpty();
  }

  @Test
  void aClockThatIsOffDoesNotHoldARunForEver() {
    assertThat(RetryPause.left(0, NOW.plusSeconds(9_999), NOW)).contains(Duration.ofSeconds(15));
  }
}
