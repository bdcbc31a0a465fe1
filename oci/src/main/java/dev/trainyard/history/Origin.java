package dev.trainyard.history;

import dev.trainyard.oci.Digest;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which attempt of which run an artifact is from.
 *
 * @param node which node of a distributed run; 0 is the first, or the only one
 * @param image the run image, which the artifact refers to
 */
public record Origin(
    String namespace, String run, String uid, int attempt, int node, Optional<Digest> image) {
  private static final String PREFIX = "dev.trainyard.run.";

  /** Annotations of the artifact; they make it an artifact of this attempt alone. */
  Map<String, String> annotations() {
    return new TreeMap<>(
        Map.of(
            PREFIX + "namespace", namespace,
            PREFIX + "name", run,
            PREFIX + "uid", uid,
            PREFIX + "attempt", Integer.toString(attempt),
            PREFIX + "node", Integer.toString(node)));
  }
}
