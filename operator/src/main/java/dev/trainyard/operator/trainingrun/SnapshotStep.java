package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.source.Packing;
import dev.trainyard.operator.source.SourcePacker;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;

/**
 * Brings the source into the registry, once: the snapshot that is written to the status is the one
 * that every attempt runs, whatever becomes of the source.
 */
final class SnapshotStep implements RunStep {

  private final SourcePacker sources;
  private final ImageStore images;

  SnapshotStep(SourcePacker sources, ImageStore images) {
    this.sources = sources;
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
      return switch (sources.pack(progress.run())) {
        case Packing.Packed packed -> keep(progress, packed.snapshot());
        case Packing.NotPacked state -> waiting(state);
      };
    } catch (RegistryException e) {
      return RegistryTrouble.own(e);
    }
  }

  private StepResult keep(RunProgress progress, SnapshotStatus snapshot) throws RegistryException {
    Digest digest = new Digest(snapshot.digest());
    if (!images.hasSnapshot(progress.namespace(), digest)) {
      return waiting(
          sources.refuse(
              progress.run(),
              Reason.SNAPSHOTTING,
              "The registry no longer has the snapshot of the source."));
    }
    String script = progress.configuration().script().orElseThrow();
    String path = script.startsWith("./") ? script.substring(2) : script;
    if (!images.contains(progress.namespace(), digest, path)) {
      return waiting(
          sources.refuse(
              progress.run(),
              Reason.SCRIPT_NOT_FOUND,
              "The script "
                  + script
                  + " is not in the source, which has "
                  + files(snapshot)
                  + ": check script, the source's path, and .amlignore or .gitignore."));
    }
    progress.snapshot(
        snapshot.withCollectedDirectories(
            images.directoriesWithFiles(
                progress.namespace(),
                new Digest(snapshot.digest()),
                progress.configuration().collectedDirectories())));
    return done(snapshot);
  }

  private static StepResult waiting(Packing.NotPacked state) {
    return switch (state) {
      case Packing.UnderWay underWay ->
          new StepResult.Waiting(
              RunPhase.PREPARING, underWay.reason(), underWay.message(), underWay.again());
      case Packing.Held held ->
          StepResult.held(RunPhase.NOT_STARTED, held.reason(), held.message());
    };
  }

  private static String files(SnapshotStatus snapshot) {
    return Long.valueOf(1).equals(snapshot.files()) ? "1 file" : snapshot.files() + " files";
  }

  private static StepResult done(SnapshotStatus snapshot) {
    return new StepResult.Done(
        "The registry has the source, "
            + files(snapshot)
            + (snapshot.commit() == null ? "" : ", from commit " + snapshot.commit())
            + ".");
  }
}
