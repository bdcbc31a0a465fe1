package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.BaseImageSecret;
import dev.trainyard.operator.image.BaseImport;
import dev.trainyard.operator.image.BaseImports;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/**
 * Fixes the image that the script's interpreter comes from, by digest, brings its layers into the
 * registry and composes the run image from it and the snapshot.
 */
final class EnvironmentStep implements RunStep {
  private static final Duration PROGRESS = Duration.ofSeconds(1);
  private static final long MEGABYTE = 1_000_000;

  private final ImageStore images;
  private final BaseImports imports;
  private final BaseImageSecret secret;

  EnvironmentStep(ImageStore images, BaseImports imports, BaseImageSecret secret) {
    this.images = images;
    this.imports = imports;
    this.secret = secret;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.ENVIRONMENT_READY;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    if (progress.image().isPresent()) {
      return new StepResult.Done("The script runs in " + progress.image().get() + ".");
    }
    EffectiveConfiguration configuration = progress.configuration();
    if (!configuration.userManaged()) {
      return StepResult.held(
          RunPhase.PREPARING,
          Reason.ENVIRONMENT_BUILDER_UNAVAILABLE,
          "environment.python.userManagedDependencies is false, and this version of Trainyard has"
              + " no builder of conda environments: the run waits. Set it to true and name a base"
              + " image that has what the script needs.");
    }
    BaseImageSecret.Found found = secret.read(progress.namespace(), configuration.imageSecret());
    if (found.obstacle().isPresent()) {
      return StepResult.held(
          RunPhase.NOT_STARTED, found.obstacle().get().reason(), found.obstacle().get().message());
    }
    try {
      ImageReference base = fixed(progress, ImageReference.parse(configuration.baseImage()), found);
      return importAndCompose(progress, base, found);
    } catch (IllegalArgumentException e) {
      return StepResult.held(
          RunPhase.NOT_STARTED,
          Reason.BASE_IMAGE_INVALID,
          "environment.docker.baseImage: " + e.getMessage() + ".");
    } catch (RegistryException e) {
      return RegistryTrouble.base(e);
    }
  }

  /** The base image by digest; the first resolution counts for the whole run. */
  private ImageReference fixed(
      RunProgress progress, ImageReference written, BaseImageSecret.Found found)
      throws RegistryException {
    if (progress.environment().isPresent()) {
      return ImageReference.parse(progress.environment().get().image());
    }
    ImageReference fixed = written.at(images.resolve(written, found.credentials()).digest());
    progress.environment(new EnvironmentUse("UserManaged", fixed.toString(), null));
    return fixed;
  }

  private StepResult importAndCompose(
      RunProgress progress, ImageReference base, BaseImageSecret.Found found)
      throws RegistryException {
    Manifest manifest = images.resolve(base, found.credentials());
    return switch (imports.advance(progress.namespace(), base, manifest, found.credentials())) {
      case BaseImport.Importing importing ->
          new StepResult.Waiting(
              RunPhase.PREPARING,
              Reason.IMPORTING_BASE_IMAGE,
              "Bringing the base image into the registry: "
                  + importing.bytes() / MEGABYTE
                  + " of "
                  + importing.total() / MEGABYTE
                  + " MB.",
              PROGRESS);
      case BaseImport.Failed failed -> RegistryTrouble.base(failed.cause());
      case BaseImport.Imported imported -> compose(progress, base, found);
    };
  }

  private StepResult compose(RunProgress progress, ImageReference base, BaseImageSecret.Found found)
      throws RegistryException {
    Digest snapshot = new Digest(progress.snapshot().orElseThrow().digest());
    if (!images.hasSnapshot(progress.namespace(), snapshot)) {
      progress.forgetSnapshot();
      return new StepResult.Waiting(
          RunPhase.PREPARING,
          Reason.SNAPSHOTTING,
          "The registry no longer has the snapshot of the source: it is made anew.",
          Duration.ZERO);
    }
    String image =
        images.compose(progress.namespace(), base, found.credentials(), snapshot, progress.uid());
    progress.image(image);
    return new StepResult.Done("The script runs in " + image + ".");
  }
}
