package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.oci.RegistryException;

/**
 * Brings one kind of source into the registry. Called again and again until the source is there, so
 * every call is short and finds what the one before it began.
 */
public interface SourcePacker {

  /** Packs the run's source, or says what that waits for. */
  Packing pack(TrainingRun run) throws RegistryException;
}
