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
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration.DockerfileSource;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.Optional;

/**
 * Fixes the base image by digest, brings its layers into the registry, sees to the conda
 * environment on top of it where the user does not manage that, and composes the run image.
 */
final class EnvironmentStep implements RunStep {
  private static final Duration PROGRESS = Duration.ofSeconds(1);
  private static final long MEGABYTE = 1_000_000;

  private final ImageStore images;
  private final BaseImports imports;
  private final BaseImageSecret secret;
  private final SystemManagedEnvironment systemManaged;
  private final DockerfileEnvironment dockerfiles;
  private final boolean buildsDockerfiles;

  /**
   * @param buildsDockerfiles whether an administrator allows it
   */
  EnvironmentStep(
      ImageStore images,
      BaseImports imports,
      BaseImageSecret secret,
      SystemManagedEnvironment systemManaged,
      DockerfileEnvironment dockerfiles,
      boolean buildsDockerfiles) {
    this.images = images;
    this.imports = imports;
    this.secret = secret;
    this.systemManaged = systemManaged;
    this.dockerfiles = dockerfiles;
    this.buildsDockerfiles = buildsDockerfiles;
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
    if (configuration.conda().dockerfile().isPresent() && !buildsDockerfiles) {
      return StepResult.failed(
          Reason.DOCKERFILE_NOT_ENABLED,
          "environment.docker.baseDockerfile needs a builder of Dockerfiles, and this installation"
              + " has none enabled: build the image elsewhere and name it in"
              + " environment.docker.baseImage.");
    }
    BaseImageSecret.Found found = secret.read(progress.namespace(), configuration.imageSecret());
    if (found.obstacle().isPresent()) {
      return StepResult.held(
          RunPhase.NOT_STARTED, found.obstacle().get().reason(), found.obstacle().get().message());
    }
    try {
      if (configuration.conda().dockerfile().isPresent()) {
        return onDockerfile(progress, configuration.conda().dockerfile().get(), found);
      }
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

  private StepResult onDockerfile(
      RunProgress progress, DockerfileSource source, BaseImageSecret.Found found)
      throws RegistryException {
    return switch (dockerfiles.base(progress, source, found)) {
      case DockerfileEnvironment.NotYet notYet -> notYet.result();
      case DockerfileEnvironment.Base base ->
          importAndCompose(
              progress,
              base.image(),
              new BaseImageSecret.Found(images.ownCredentials(), Optional.empty()));
    };
  }

  /** The base image by digest; the first resolution counts for the whole run. */
  private ImageReference fixed(
      RunProgress progress, ImageReference written, BaseImageSecret.Found found)
      throws RegistryException {
    if (progress.environment().isPresent()) {
      return ImageReference.parse(progress.environment().get().image());
    }
    ImageReference fixed = written.at(images.resolve(written, found.credentials()).digest());
    progress.environment(
        new EnvironmentUse(
            progress.configuration().userManaged() ? "UserManaged" : "SystemManaged",
            fixed.toString(),
            null));
    return fixed;
  }

  private StepResult importAndCompose(
      RunProgress progress, ImageReference base, BaseImageSecret.Found found)
      throws RegistryException {
    Manifest manifest = images.resolve(base, found.credentials());
    return switch (imports.advance(progress.namespace(), base, manifest, found.credentials())) {
      case BaseImport.Importing importing ->
          new StepResult.Waiting(
              RunPhase.PREPARING, Reason.IMPORTING_BASE_IMAGE, importing(importing), PROGRESS);
      case BaseImport.Failed failed -> RegistryTrouble.base(failed.cause());
      case BaseImport.Imported imported -> onTop(progress, base, found);
    };
  }

  /** A build takes its time, in which the registry may lose what is to go on top of it. */
  private StepResult onTop(RunProgress progress, ImageReference base, BaseImageSecret.Found found)
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
    return progress.configuration().userManaged()
        ? compose(progress, base, found, snapshot)
        : systemManaged.execute(progress, base);
  }

  static String importing(BaseImport.Importing importing) {
    return "Bringing the base image into the registry: "
        + importing.bytes() / MEGABYTE
        + " of "
        + importing.total() / MEGABYTE
        + " MB.";
  }

  private StepResult compose(
      RunProgress progress, ImageReference base, BaseImageSecret.Found found, Digest snapshot)
      throws RegistryException {
    String image =
        images.compose(progress.namespace(), base, found.credentials(), snapshot, progress.uid());
    progress.image(image);
    return new StepResult.Done("The script runs in " + image + ".");
  }
}
