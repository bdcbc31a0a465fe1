package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunRequest;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Who waits for GPUs of one machine, by priority and then by age. A run keeps its place by asking
 * again and again; one that was canceled or deleted does not. Used under the machine's lock.
 */
final class GpuTurns {
  private static final Duration KEPT = Duration.ofMinutes(1);

  /** A place in the queue. */
  private record Place(int priority, String created, String uid) {}

  private static final Comparator<Place> ORDER =
      Comparator.comparing(Place::priority, Comparator.reverseOrder())
          .thenComparing(Place::created)
          .thenComparing(Place::uid);

  private final Map<Place, Long> asked = new TreeMap<>(ORDER);
  private final LongSupplier nanos;

  GpuTurns() {
    this(System::nanoTime);
  }

  /**
   * @param nanos a clock like {@link System#nanoTime}
   */
  GpuTurns(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /**
   * How it stands with a run.
   *
   * @param ahead how many wait that come first
   * @param waiting how many wait, this one included
   */
  record Turn(int ahead, int waiting) {}

  Turn ask(RunRequest request) {
    long now = nanos.getAsLong();
    asked.values().removeIf(time -> now - time > KEPT.toNanos());
    Place own = place(request);
    asked.put(own, now);
    int ahead =
        Math.toIntExact(
            asked.keySet().stream().filter(other -> ORDER.compare(other, own) < 0).count());
    return new Turn(ahead, asked.size());
  }

  void took(RunRequest request) {
    asked.remove(place(request));
  }

  private static Place place(RunRequest request) {
    var metadata = request.run().getMetadata();
    return new Place(
        request.configuration().priority(), metadata.getCreationTimestamp(), metadata.getUid());
  }
}
