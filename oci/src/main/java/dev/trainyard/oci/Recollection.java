package dev.trainyard.oci;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;

/**
 * What was seen in registries a moment ago, for many callers that ask the same within that moment.
 * Only what is there is remembered, never that something is missing, and each repository with its
 * credentials for itself: an answer for one is no answer for another. A repository from which a
 * manifest is deleted is forgotten.
 */
final class Recollection {
  private static final int MOST_BYTES = 8 << 20;

  /**
   * Larger content is asked for each time, so that a few large sources do not push all else out.
   */
  private static final int LARGEST = 256 * 1024;

  private final Cache<Key, Seen> seen;

  private record Key(Repository repository, String what) {}

  private record Seen(Object content, int bytes) {}

  /** A question to the registry. */
  @FunctionalInterface
  interface Question<T> {
    T ask() throws RegistryException;
  }

  /**
   * @param validity how long it is taken to be there still; none at all for zero
   */
  Recollection(Duration validity) {
    this(validity, Ticker.systemTicker());
  }

  Recollection(Duration validity, Ticker ticker) {
    seen =
        Caffeine.newBuilder()
            .ticker(ticker)
            .expireAfterWrite(validity)
            .maximumWeight(MOST_BYTES)
            .<Key, Seen>weigher((key, value) -> key.what().length() + value.bytes())
            .build();
  }

  /** A manifest, asked for unless it was seen. */
  Optional<Manifest> manifest(
      Repository repository, String version, Question<Optional<Manifest>> question)
      throws RegistryException {
    String what = "manifest " + version;
    Optional<Manifest> recalled = recall(repository, what, Manifest.class);
    if (recalled.isPresent()) {
      return recalled;
    }
    Optional<Manifest> found = question.ask();
    found.ifPresent(m -> keep(repository, what, m, Math.toIntExact(m.size())));
    return found;
  }

  /** A blob's content, asked for unless it was seen. */
  byte[] blob(Repository repository, Digest digest, Question<byte[]> question)
      throws RegistryException {
    String what = "blob " + digest;
    Optional<byte[]> recalled = recall(repository, what, byte[].class);
    if (recalled.isPresent()) {
      return recalled.get();
    }
    byte[] found = question.ask();
    keep(repository, what, found, found.length);
    return found;
  }

  /** Whether a blob was seen. */
  boolean hasBlob(Repository repository, Digest digest) {
    return recall(repository, "is there " + digest, Digest.class).isPresent();
  }

  /** A blob is there. */
  void foundBlob(Repository repository, Digest digest) {
    keep(repository, "is there " + digest, digest, 0);
  }

  /** Something of the repository is about to be deleted, with whatever credentials. */
  void forget(Repository repository) {
    seen.asMap()
        .keySet()
        .removeIf(key ->
            key.repository().registry().equals(repository.registry())
                && key.repository().name().equals(repository.name()));
  }

  private <T> Optional<T> recall(Repository repository, String what, Class<T> type) {
    return Optional.ofNullable(seen.getIfPresent(new Key(repository, what)))
        .map(Seen::content)
        .map(type::cast);
  }

  private void keep(Repository repository, String what, Object content, int bytes) {
    if (bytes <= LARGEST) {
      seen.put(new Key(repository, what), new Seen(content, bytes));
    }
  }
}
