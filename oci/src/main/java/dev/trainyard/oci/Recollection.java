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

  /**
   * @param validity how long it is taken to be there still
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

  Optional<Manifest> manifest(Repository repository, String version) {
    return recall(repository, "manifest " + version, Manifest.class);
  }

  void manifest(Repository repository, String version, Manifest manifest) {
    keep(repository, "manifest " + version, manifest, Math.toIntExact(manifest.size()));
  }

  Optional<byte[]> blob(Repository repository, Digest digest) {
    return recall(repository, "blob " + digest, byte[].class);
  }

  void blob(Repository repository, Digest digest, byte[] content) {
    keep(repository, "blob " + digest, content, content.length);
  }

  boolean hasBlob(Repository repository, Digest digest) {
    return recall(repository, "is there " + digest, Boolean.class).isPresent();
  }

  void foundBlob(Repository repository, Digest digest) {
    keep(repository, "is there " + digest, Boolean.TRUE, 0);
  }

  void forget(Repository repository) {
    seen.asMap().keySet().removeIf(key -> key.repository().equals(repository));
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
