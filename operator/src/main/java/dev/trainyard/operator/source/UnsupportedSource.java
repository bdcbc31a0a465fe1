package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.status.Reason;

/** Stands for the kinds of source that this version cannot read. */
final class UnsupportedSource implements SourcePacker {

  @Override
  public Packing pack(TrainingRun run) {
    return new Packing.Held(
        Reason.SOURCE_NOT_SUPPORTED,
        "This version of Trainyard reads sources of the kinds git and configMap: put the source"
            + " into one of them and make a new run.");
  }

  @Override
  public Packing.NotPacked refuse(TrainingRun run, Reason reason, String message) {
    return new Packing.Held(reason, message);
  }

  @Override
  public void abandon(TrainingRun run) {
    // Nothing was begun.
  }
}
