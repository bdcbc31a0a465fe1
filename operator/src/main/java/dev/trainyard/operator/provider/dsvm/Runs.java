package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.TrainingRun;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The runs as the controller's watch has them: who still wants what is on a machine. */
final class Runs {
  private volatile @Nullable Function<ResourceID, Optional<TrainingRun>> cache;

  /** What a run wants of an attempt of it. */
  enum Want {
    /** It waits for how the attempt goes on. */
    ATTEMPT,
    /** The attempt's end is in its status, or there is no such run: the rest may go. */
    NOTHING,
    /** The runs are not known yet. */
    UNKNOWN
  }

  void use(EventSourceContext<TrainingRun> context) {
    cache = id -> context.getPrimaryCache().get(id);
  }

  Want want(String namespace, String name, String uid, int attempt) {
    var known = cache;
    if (known == null) {
      return Want.UNKNOWN;
    }
    return known
        .apply(new ResourceID(name, namespace))
        .filter(run -> run.getMetadata().getUid().equals(uid))
        .map(run -> wants(run, attempt) ? Want.ATTEMPT : Want.NOTHING)
        .orElse(Want.NOTHING);
  }

  /** Whether a run is being deleted: nothing of it is stored any more. */
  boolean isBeingDeleted(String namespace, String name) {
    var known = cache;
    return known != null
        && known
            .apply(new ResourceID(name, namespace))
            .filter(run -> run.getMetadata().getDeletionTimestamp() != null)
            .isPresent();
  }

  private static boolean wants(TrainingRun run, int attempt) {
    var status = run.getStatus();
    if (status == null || status.attempts() == null) {
      return true;
    }
    if (status.phase() != null && status.phase().isTerminal()) {
      return false;
    }
    return attempt >= status.attempts().size();
  }
}
