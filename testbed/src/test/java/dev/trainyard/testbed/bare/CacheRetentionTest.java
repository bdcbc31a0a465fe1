package dev.trainyard.testbed.bare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheRetentionTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir private Path cache = Path.of("");

  @Test
  void whatWasNotUsedForLongMayGoAndTheRestStays() throws IOException {
    Path old = directory("layers-old");
    Path used = directory("layers-used");
    directory("rattler-0.28.0");
    at(NOW).use(old);
    at(NOW.plus(Duration.ofDays(20))).use(used);
    assertThat(at(NOW.plus(Duration.ofDays(31))).unused(Set.of())).containsExactly(old);
  }

  @Test
  void whatAnEarlierVersionMadeGetsItsTimeFromTheFirstLookOn() throws IOException {
    Path unmarked = directory("bin-unmarked");
    assertThat(at(NOW).unused(Set.of())).isEmpty();
    assertThat(at(NOW.plus(Duration.ofDays(29))).unused(Set.of())).isEmpty();
    assertThat(at(NOW.plus(Duration.ofDays(31))).unused(Set.of())).containsExactly(unmarked);
  }

  @Test
  void aClusterThatRunsIsNeverOld() throws IOException {
    Path gone = directory("clusters/gone");
    Path runs = directory("clusters/runs");
    at(NOW).use(gone);
    at(NOW).use(runs);
    assertThat(at(NOW.plus(Duration.ofDays(99))).unused(Set.of("runs"))).containsExactly(gone);
  }

  @Test
  void packagesThatAClusterServesStay() throws IOException {
    Path served = directory("packages-served");
    at(NOW).use(served);
    directory("clusters/yd/packages");
    Files.createDirectories(served.resolve("channel"));
    Files.createSymbolicLink(
        cache.resolve("clusters/yd/packages/channel"), served.resolve("channel"));
    assertThat(at(NOW.plus(Duration.ofDays(99))).unused(Set.of("yd"))).isEmpty();
  }

  @Test
  void whatWasRemovedIsForgotten() throws IOException {
    Path old = directory("bin-old");
    at(NOW).use(old);
    Files.delete(old);
    at(NOW).removed(old);
    directory("bin-old");
    assertThat(at(NOW.plus(Duration.ofDays(99))).unused(Set.of())).isEmpty();
  }

  private CacheRetention at(Instant instant) {
    return new CacheRetention(cache, Clock.fixed(instant, ZoneOffset.UTC));
  }

  private Path directory(String name) throws IOException {
    return Files.createDirectories(cache.resolve(name));
  }
}
