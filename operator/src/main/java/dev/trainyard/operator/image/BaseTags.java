package dev.trainyard.operator.image;

import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Which manifest a public base image's tag names, asked anew after a while, so that a moved tag is
 * noticed and a registry that limits requests is spared. What needs credentials is always asked,
 * since an answer for one namespace is no answer for another.
 */
final class BaseTags {
  private static final int MOST = 1_000;

  private record Known(Manifest manifest, Instant until) {}

  private final ConcurrentMap<String, Known> known = new ConcurrentHashMap<>();
  private final RegistryClient registry;
  private final Duration validity;
  private final Clock clock;

  /**
   * @param validity how long an answer counts
   */
  BaseTags(RegistryClient registry, Duration validity, Clock clock) {
    this.registry = registry;
    this.validity = validity;
    this.clock = clock;
  }

  Manifest resolve(ImageReference image, Credentials credentials) throws RegistryException {
    if (credentials != Credentials.NONE) {
      return ask(image, credentials);
    }
    Instant now = clock.instant();
    Known answer = known.get(image.toString());
    if (answer != null && now.isBefore(answer.until())) {
      return answer.manifest();
    }
    Manifest manifest = ask(image, credentials);
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(image.toString(), new Known(manifest, now.plus(validity)));
    return manifest;
  }

  private Manifest ask(ImageReference image, Credentials credentials) throws RegistryException {
    return registry.image(Repository.of(image, credentials), image.version());
  }
}
