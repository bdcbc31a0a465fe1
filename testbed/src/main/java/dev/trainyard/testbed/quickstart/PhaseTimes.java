package dev.trainyard.testbed.quickstart;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** How long a run was in each of its phases, as seen from here. */
final class PhaseTimes {
  private final Map<String, Long> nanos = new LinkedHashMap<>();
  private String phase = "";
  private long since = System.nanoTime();

  /** The run is in this phase from now on. */
  void enter(String next) {
    long now = System.nanoTime();
    if (!phase.isEmpty()) {
      nanos.merge(phase, now - since, Long::sum);
    }
    phase = next;
    since = now;
  }

  @Override
  public String toString() {
    return nanos.entrySet().stream()
        .map(entry ->
            String.format(
                Locale.ROOT,
                "%s %.1f s",
                entry.getKey(),
                Duration.ofNanos(entry.getValue()).toMillis() / 1000.0))
        .collect(Collectors.joining(", "));
  }
}
