package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.EnvironmentStatus;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.environment.Dependencies;
import dev.trainyard.operator.environment.DependencyReader;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import dev.trainyard.operator.environment.EnvironmentIdentity;
import dev.trainyard.operator.environment.Environments;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration.CondaSource;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds the environment that a run's conda dependencies make, has it built where it is missing, and
 * composes the run image from it. Runs with the same dependencies meet at the same resource.
 */
final class SystemManagedEnvironment {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  private final References references;
  private final ImageStore images;
  private final DependencyReader reader;
  private final Environments environments;

  SystemManagedEnvironment(
      References references,
      ImageStore images,
      DependencyReader reader,
      Environments environments) {
    this.references = references;
    this.images = images;
    this.reader = reader;
    this.environments = environments;
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
      spec = EnvironmentIdentity.spec(base, dependencies);
    } catch (InvalidDependenciesException e) {
      return StepResult.failed(Reason.DEPENDENCIES_INVALID, Objects.requireNonNull(e.getMessage()));
    }
    String name = EnvironmentIdentity.name(spec);
    Optional<Environment> found = references.environment(progress.namespace(), name);
    if (found.isEmpty() && !progress.configuration().conda().autoPrepare()) {
      return notPrepared(name, dependencies);
    }
    progress.environment(new EnvironmentUse("SystemManaged", base.toString(), name));
    if (found.isEmpty()) {
      environments.ensure(progress.namespace(), spec);
      return waiting(Reason.BUILD_PENDING, "Environment " + name + " is to be built.");
    }
    if (!environments.claim(found.get())) {
      return waiting(
          Reason.BUILD_PENDING,
          "Environment " + name + " was unused and is being removed: it is built anew after that.");
    }
    return use(progress, found.get(), dependencies);
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

  private StepResult use(RunProgress progress, Environment environment, Dependencies dependencies)
      throws RegistryException {
    EnvironmentStatus status = environment.getStatus();
    EnvironmentState state =
        status == null || status.state() == null ? EnvironmentState.PENDING : status.state();
    boolean autoPrepare = progress.configuration().conda().autoPrepare();
    return switch (state) {
      case READY -> compose(progress, environment);
      case FAILED -> failed(progress, environment);
      case PENDING, BUILDING ->
          autoPrepare
              ? waiting(reason(environment), message(environment))
              : notPrepared(environment.getMetadata().getName(), dependencies);
    };
  }

  private StepResult compose(RunProgress progress, Environment environment)
      throws RegistryException {
    String image = Objects.requireNonNull(environment.getStatus().image());
    if (!images.environments().exists(progress.namespace(), image)) {
      environments.requestBuild(environment);
      return waiting(
          Reason.BUILD_PENDING,
          "The image of environment "
              + environment.getMetadata().getName()
              + " is no longer in the registry: it is built anew.");
    }
    Digest snapshot = new Digest(progress.snapshot().orElseThrow().digest());
    String composed =
        images.environments().compose(progress.namespace(), image, snapshot, progress.uid());
    progress.environment(
        new EnvironmentUse("SystemManaged", image, environment.getMetadata().getName()));
    progress.image(composed);
    return new StepResult.Done("The script runs in " + composed + ".");
  }

  /** A run that was made after the failure asks for one more build; an older one ends with it. */
  private StepResult failed(RunProgress progress, Environment environment) {
    Instant failed =
        Instant.parse(Objects.requireNonNull(environment.getStatus().lastFailureTime()));
    Instant created = Instant.parse(progress.run().getMetadata().getCreationTimestamp());
    if (created.isBefore(failed) || !progress.configuration().conda().autoPrepare()) {
      return StepResult.failed(
          reason(environment),
          "Environment "
              + environment.getMetadata().getName()
              + " could not be built: "
              + condition(environment).map(Condition::getMessage).orElse(""));
    }
    if (!asked(environment).map(time -> time.isAfter(failed)).orElse(false)) {
      environments.requestBuild(environment);
    }
    return waiting(
        Reason.BUILD_PENDING,
        "Environment "
            + environment.getMetadata().getName()
            + " failed before and is tried once more.");
  }

  private static Optional<Instant> asked(Environment environment) {
    return Optional.ofNullable(
            Objects.requireNonNullElse(
                    environment.getMetadata().getAnnotations(), Map.<String, String>of())
                .get(TrainyardApi.BUILD_ANNOTATION))
        .map(Instant::parse);
  }

  private static StepResult notPrepared(String name, Dependencies dependencies) {
    return StepResult.failed(
        Reason.ENVIRONMENT_NOT_PREPARED,
        "Environment "
            + name
            + " ("
            + dependencies.summary()
            + ") is not built, and autoPrepareEnvironment is false: build it ahead by annotating the"
            + " RunConfiguration with "
            + TrainyardApi.PREPARE_ANNOTATION
            + "=true, or by one run with autoPrepareEnvironment true.");
  }

  private static StepResult waiting(Reason reason, String message) {
    return new StepResult.Waiting(RunPhase.PREPARING, reason, message, LOOK_AGAIN);
  }

  private static String message(Environment environment) {
    return "Environment "
        + environment.getMetadata().getName()
        + ": "
        + condition(environment).map(Condition::getMessage).orElse("waits to be built.");
  }

  private static Reason reason(Environment environment) {
    String text = condition(environment).map(Condition::getReason).orElse("");
    for (Reason reason : Reason.values()) {
      if (reason.toString().equals(text)) {
        return reason;
      }
    }
    return Reason.BUILD_PENDING;
  }

  private static Optional<Condition> condition(Environment environment) {
    return environment.getStatus() == null
        ? Optional.empty()
        : environment.getStatus().conditions().stream()
            .filter(condition -> condition.getType().equals(ConditionType.READY.toString()))
            .findFirst();
  }
}
