package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;

/**
 * Brings the source into the registry, once: the snapshot that is written to the status is the one
 * that every attempt runs, whatever becomes of the source.
 */
final class SnapshotStep implements RunStep {

  /** Reads one kind of source. */
  interface Packer {
    /** Packs the source, or says what it waits for. */
    Packed pack(RunProgress progress, Source source) throws RegistryException;
  }

  /** What packing came to. */
  sealed interface Packed {
    /** The source is in the registry. */
    record InRegistry(SnapshotStatus snapshot) implements Packed {}

    /** Not yet, or not at all. */
    record NotYet(StepResult result) implements Packed {}
  }

  private final Packer configMaps;
  private final Packer git;
  private final ImageStore images;

  SnapshotStep(Packer configMaps, Packer git, ImageStore images) {
    this.configMaps = configMaps;
    this.git = git;
    this.images = images;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.SNAPSHOT_READY;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (progress.snapshot().isPresent()) {
      return done(progress.snapshot().get());
    }
    try {
      return switch (pack(progress)) {
        case Packed.NotYet notYet -> notYet.result();
        case Packed.InRegistry inRegistry -> keep(progress, inRegistry.snapshot());
      };
    } catch (RegistryException e) {
      return RegistryTrouble.own(e);
    }
  }

  private Packed pack(RunProgress progress) throws RegistryException {
    Source source = progress.run().getSpec().source();
    if (source.configMap() != null) {
      return configMaps.pack(progress, source);
    }
    if (source.git() != null) {
      return git.pack(progress, source);
    }
    return new Packed.NotYet(
        StepResult.held(
            RunPhase.NOT_STARTED,
            Reason.SOURCE_NOT_SUPPORTED,
            "This version of Trainyard reads sources of the kinds git and configMap: put the"
                + " source into one of them and make a new run."));
  }

  private StepResult keep(RunProgress progress, SnapshotStatus snapshot)
      throws RegistryException {
    String script = progress.configuration().script().orElseThrow();
    String path = script.startsWith("./") ? script.substring(2) : script;
    if (!images.contains(progress.namespace(), new Digest(snapshot.digest()), path)) {
      return StepResult.held(
          RunPhase.PREPARING,
          Reason.SCRIPT_NOT_FOUND,
          "The script "
              + script
              + " is not in the source, which has "
              + snapshot.files()
              + " files: check script, the source's path, and .amlignore or .gitignore.");
    }
    progress.snapshot(snapshot);
    return done(snapshot);
  }

  private static StepResult done(SnapshotStatus snapshot) {
    return new StepResult.Done(
        snapshot.files()
            + " files are in the registry"
            + (snapshot.commit() == null ? "" : ", from commit " + snapshot.commit())
            + ".");
  }
}
