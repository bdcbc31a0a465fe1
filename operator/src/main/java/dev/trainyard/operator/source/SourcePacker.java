package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.status.Reason;

/**
 * Brings one kind of source into the registry. Called again and again until the source is there, so
 * every call is short and finds what the one before it began.
 */
public interface SourcePacker {

  /** Packs the run's source, or says what that waits for. */
  Packing pack(TrainingRun run) throws RegistryException;

  /**
   * Says that what was packed is not what the run needs. The source is read again later, since it
   * may be mended by then.
   *
   * @param message a sentence for the run's status
   */
  Packing.NotPacked refuse(TrainingRun run, Reason reason, String message);

  /** Ends what is under way for a run that is canceled. */
  void abandon(TrainingRun run);
}
