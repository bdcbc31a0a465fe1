package dev.trainyard.operator.provider.dsvm;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The runs that wait for targets, which are told when a target is in another state. */
final class WaitingRuns {
  private final Map<ResourceID, Set<ResourceID>> byTarget = new HashMap<>();

  synchronized void add(ResourceID target, ResourceID run) {
    byTarget.computeIfAbsent(target, id -> new HashSet<>()).add(run);
  }

  synchronized void remove(ResourceID target, ResourceID run) {
    byTarget.computeIfPresent(
        target,
        (id, runs) -> {
          runs.remove(run);
          return runs.isEmpty() ? null : runs;
        });
  }

  /** Those that wait for a target; none of them does afterwards. */
  synchronized Set<ResourceID> take(ResourceID target) {
    Set<ResourceID> runs = byTarget.remove(target);
    return runs == null ? Set.of() : runs;
  }
}
