package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.environment.Dependencies;
import dev.trainyard.operator.environment.DependencyReader;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import dev.trainyard.operator.environment.EnvironmentIdentity;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration.CondaSource;
import dev.trainyard.operator.status.Reason;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds the environment that a run's conda dependencies make, has it built where it is missing, and
 * composes the run image from it.
 */
final class SystemManagedEnvironment {
  private final NeededEnvironment needed;
  private final ImageStore images;
  private final DependencyReader reader;

  SystemManagedEnvironment(NeededEnvironment needed, ImageStore images, DependencyReader reader) {
    this.needed = needed;
    this.images = images;
    this.reader = reader;
  }

  /**
   * Does what can be done now.
   *
   * @param base base image by digest, whose layers are in the registry
   */
  StepResult execute(RunProgress progress, ImageReference base) throws RegistryException {
    EnvironmentSpec spec;
    Dependencies dependencies;
    try {
      dependencies = dependencies(progress);
      spec =
          EnvironmentIdentity.spec(
              base, dependencies, progress.configuration().conda().sparkPackages());
    } catch (InvalidDependenciesException e) {
      return StepResult.failed(Reason.DEPENDENCIES_INVALID, Objects.requireNonNull(e.getMessage()));
    }
    String name = EnvironmentIdentity.name(spec);
    var use = new EnvironmentUse("SystemManaged", base.toString(), name);
    return switch (needed.obtain(progress, spec, use, dependencies.summary())) {
      case NeededEnvironment.NotBuilt notBuilt -> notBuilt.result();
      case NeededEnvironment.Built built -> compose(progress, built.image(), name);
    };
  }

  private Dependencies dependencies(RunProgress progress)
      throws InvalidDependenciesException, RegistryException {
    CondaSource conda = progress.configuration().conda();
    if (conda.inline().isPresent()) {
      return reader.inline(conda.inline().get());
    }
    if (conda.file().isEmpty()) {
      throw new InvalidDependenciesException(
          "environment.python.userManagedDependencies is false, and there are no dependencies: set"
              + " condaDependencies or condaDependenciesFile, or set userManagedDependencies to"
              + " true and name a base image that has what the script needs.");
    }
    String path = conda.file().get().replaceFirst("^(\\./)+", "");
    Digest snapshot = new Digest(progress.snapshot().orElseThrow().digest());
    Optional<String> text = images.specification(progress.namespace(), snapshot, path);
    if (text.isEmpty()) {
      throw new InvalidDependenciesException(
          "environment.python.condaDependenciesFile is "
              + path
              + ", and the source has no such YAML file of at most 64 KiB: check the path, the"
              + " ending .yml or .yaml, and .amlignore or .gitignore.");
    }
    return reader.file(path, text.get());
  }

  private StepResult compose(RunProgress progress, String image, String name)
      throws RegistryException {
    Digest snapshot = new Digest(progress.snapshot().orElseThrow().digest());
    String composed =
        images.environments().compose(progress.namespace(), image, snapshot, progress.uid());
    progress.environment(new EnvironmentUse("SystemManaged", image, name));
    progress.image(composed);
    return new StepResult.Done("The script runs in " + composed + ".");
  }
}
