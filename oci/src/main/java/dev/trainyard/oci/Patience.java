package dev.trainyard.oci;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/**
 * How long a client bears with a registry that is busy or failing: a pause that grows fourfold with
 * each try, or the one that the registry asks for in {@code Retry-After}.
 *
 * @param retries how often a request is sent again
 * @param first pause before the second try
 * @param longest longest pause; a registry that asks for more is given up
 */
public record Patience(int retries, Duration first, Duration longest) {
  /** For callers that come back by themselves, such as a reconcile. */
  public static final Patience SHORT =
      new Patience(2, Duration.ofMillis(100), Duration.ofSeconds(1));

  /** For Jobs, which would have to begin from nothing. */
  public static final Patience LONG =
      new Patience(5, Duration.ofMillis(500), Duration.ofSeconds(30));

  /**
   * The pause before a request is sent again.
   *
   * @param tries how often it was sent already
   * @param retryAfter the header Retry-After: seconds or an HTTP date
   * @return empty when it is not to be sent again
   */
  Optional<Duration> pause(int tries, int status, Optional<String> retryAfter, Instant now) {
    boolean passing = status == 408 || status == 429 || status >= 500 && status != 501;
    if (!passing) {
      return Optional.empty();
    }
    return retryAfter
        .flatMap(text -> duration(text, now))
        .map(asked -> tries > retries ? Optional.<Duration>empty() : Optional.of(asked))
        .orElseGet(() -> pause(tries))
        .filter(pause -> pause.compareTo(longest) <= 0);
  }

  /** The pause after a request that was not answered at all. */
  Optional<Duration> pause(int tries) {
    if (tries > retries) {
      return Optional.empty();
    }
    Duration grown = first.multipliedBy(1L << Math.min(40, 2 * (tries - 1)));
    return Optional.of(grown.compareTo(longest) < 0 ? grown : longest);
  }

  private static Optional<Duration> duration(String text, Instant now) {
    try {
      if (text.matches("\\d{1,9}")) {
        return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
      }
      Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
