package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.EnvironmentStatus;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.environment.EnvironmentIdentity;
import dev.trainyard.operator.environment.Environments;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Has an environment built that a run needs, and waits for it. Runs that need the same one meet at
 * the same resource.
 */
final class NeededEnvironment {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

  /** What came of it. */
  sealed interface Outcome {}

  /**
   * The image is in the registry.
   *
   * @param image by digest, as nodes pull it
   */
  record Built(String image) implements Outcome {}

  /** The run waits for it, or failed. */
  record NotBuilt(StepResult result) implements Outcome {}

  private final References references;
  private final ImageStore images;
  private final Environments environments;

  NeededEnvironment(References references, ImageStore images, Environments environments) {
    this.references = references;
    this.images = images;
    this.environments = environments;
  }

  /** The environment of that name, if there is one. */
  Optional<Environment> find(RunProgress progress, String name) {
    return references.environment(progress.namespace(), name);
  }

  /**
   * Does what can be done now.
   *
   * @param use what the run's status says meanwhile; names the environment
   * @param summary what it consists of, in a few words
   */
  Outcome obtain(RunProgress progress, EnvironmentSpec spec, EnvironmentUse use, String summary)
      throws RegistryException {
    String name = EnvironmentIdentity.name(spec);
    Optional<Environment> found = find(progress, name);
    if (found.isEmpty() && !progress.configuration().conda().autoPrepare()) {
      return new NotBuilt(notPrepared(name, summary));
    }
    progress.environment(use);
    if (found.isEmpty()) {
      environments.ensure(progress.namespace(), spec);
      return waiting(Reason.BUILD_PENDING, "Environment " + name + " is to be built.");
    }
    if (!environments.claim(found.get())) {
      return waiting(
          Reason.BUILD_PENDING,
          "Environment " + name + " was unused and is being removed: it is built anew after that.");
    }
    return use(progress, found.get(), summary);
  }

  private Outcome use(RunProgress progress, Environment environment, String summary)
      throws RegistryException {
    EnvironmentStatus status = environment.getStatus();
    EnvironmentState state =
        status == null || status.state() == null ? EnvironmentState.PENDING : status.state();
    return switch (state) {
      case READY -> built(progress, environment);
      case FAILED -> failed(progress, environment);
      case PENDING, BUILDING ->
          progress.configuration().conda().autoPrepare()
              ? waiting(reason(environment), message(environment))
              : new NotBuilt(notPrepared(environment.getMetadata().getName(), summary));
    };
  }

  private Outcome built(RunProgress progress, Environment environment) throws RegistryException {
    String image = Objects.requireNonNull(environment.getStatus().image());
    if (images.environments().exists(progress.namespace(), image)) {
      return new Built(image);
    }
    environments.requestBuild(environment);
    return waiting(
        Reason.BUILD_PENDING,
        "The image of environment "
            + environment.getMetadata().getName()
            + " is no longer in the registry: it is built anew.");
  }

  /** A run that was made after the failure asks for one more build; an older one ends with it. */
  private Outcome failed(RunProgress progress, Environment environment) {
    Instant failed =
        Instant.parse(Objects.requireNonNull(environment.getStatus().lastFailureTime()));
    Instant created = Instant.parse(progress.run().getMetadata().getCreationTimestamp());
    if (created.isBefore(failed) || !progress.configuration().conda().autoPrepare()) {
      return new NotBuilt(
          StepResult.failed(
              reason(environment),
              "Environment "
                  + environment.getMetadata().getName()
                  + " could not be built: "
                  + condition(environment).map(Condition::getMessage).orElse("")));
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

  private static StepResult notPrepared(String name, String summary) {
    return StepResult.failed(
        Reason.ENVIRONMENT_NOT_PREPARED,
        "Environment "
            + name
            + " ("
            + summary
            + ") is not built, and autoPrepareEnvironment is false: build it ahead by annotating the"
            + " RunConfiguration with "
            + TrainyardApi.PREPARE_ANNOTATION
            + "=true, or by one run with autoPrepareEnvironment true.");
  }

  private static Outcome waiting(Reason reason, String message) {
    return new NotBuilt(new StepResult.Waiting(RunPhase.PREPARING, reason, message, LOOK_AGAIN));
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
