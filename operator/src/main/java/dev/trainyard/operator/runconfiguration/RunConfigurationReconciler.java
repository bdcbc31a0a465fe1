package dev.trainyard.operator.runconfiguration;

import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.RunConfigurationStatus;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.environment.DependencyReader;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import dev.trainyard.operator.environment.EnvironmentPreparation;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Conditions;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Says of a run configuration whether runs can use it (condition Ready) and which of its fields are
 * kept but not acted on (condition FullyHonored).
 */
@ControllerConfiguration(name = "runconfiguration")
public final class RunConfigurationReconciler implements Reconciler<RunConfiguration> {
  private final ConfigurationResolver resolver;
  private final EnvironmentPreparation preparation;
  private final DependencyReader reader;
  private final Clock clock;

  public RunConfigurationReconciler(
      ConfigurationResolver resolver,
      EnvironmentPreparation preparation,
      DependencyReader reader,
      Clock clock) {
    this.resolver = resolver;
    this.preparation = preparation;
    this.reader = reader;
    this.clock = clock;
  }

  @Override
  public UpdateControl<RunConfiguration> reconcile(
      RunConfiguration configuration, Context<RunConfiguration> context) {
    RunConfigurationStatus before = configuration.getStatus();
    var conditions =
        new Conditions(
            before == null ? List.of() : before.conditions(),
            configuration.getMetadata().getGeneration(),
            clock);
    Optional<EffectiveConfiguration> effective = resolve(configuration, conditions);
    honored(UnhonoredFields.of(configuration.getSpec()), conditions);
    Prepared prepared = prepare(configuration, effective, conditions);
    var status =
        new RunConfigurationStatus(
            configuration.getMetadata().getGeneration(),
            conditions.list(),
            effective.map(e -> e.userManaged() ? "UserManaged" : "SystemManaged").orElse(null),
            effective.map(EffectiveConfiguration::baseImage).orElse(null),
            prepared.environment().orElse(null));
    UpdateControl<RunConfiguration> control =
        status.equals(before)
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(patch(configuration, status));
    prepared.again().ifPresent(control::rescheduleAfter);
    return control;
  }

  private static RunConfiguration patch(
      RunConfiguration configuration, RunConfigurationStatus status) {
    var patch = new RunConfiguration();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(configuration.getMetadata().getName())
            .withNamespace(configuration.getMetadata().getNamespace())
            .build());
    patch.setStatus(status);
    return patch;
  }

  /** What became of the wish to have the environment ahead of any run. */
  private record Prepared(Optional<String> environment, Optional<Duration> again) {
    static final Prepared NOTHING = new Prepared(Optional.empty(), Optional.empty());
  }

  private Prepared prepare(
      RunConfiguration configuration,
      Optional<EffectiveConfiguration> effective,
      Conditions conditions) {
    Map<String, String> annotations =
        Objects.requireNonNullElse(configuration.getMetadata().getAnnotations(), Map.of());
    if (!"true".equals(annotations.get(TrainyardApi.PREPARE_ANNOTATION))
        || effective.isEmpty()
        || effective.get().userManaged()) {
      conditions.remove(ConditionType.ENVIRONMENT_READY);
      return Prepared.NOTHING;
    }
    if (effective.get().conda().dockerfile().isPresent()) {
      conditions.set(
          ConditionType.ENVIRONMENT_READY,
          false,
          Reason.DOCKERFILE_INVALID,
          "An environment on top of docker.baseDockerfile is prepared by a run, not ahead of one:"
              + " start a run with autoPrepareEnvironment true.");
      return Prepared.NOTHING;
    }
    if (effective.get().conda().inline().isEmpty()) {
      conditions.set(
          ConditionType.ENVIRONMENT_READY,
          false,
          Reason.DEPENDENCIES_INVALID,
          "Only a run knows the file condaDependenciesFile: to prepare the environment without one,"
              + " write the dependencies under environment.python.condaDependencies.");
      return Prepared.NOTHING;
    }
    try {
      return prepared(
          preparation.prepare(
              configuration.getMetadata().getNamespace(),
              effective.get().baseImage(),
              effective.get().imageSecret(),
              reader.inline(effective.get().conda().inline().get()),
              effective.get().conda().sparkPackages()),
          conditions);
    } catch (InvalidDependenciesException e) {
      conditions.set(
          ConditionType.ENVIRONMENT_READY,
          false,
          Reason.DEPENDENCIES_INVALID,
          String.valueOf(e.getMessage()));
      return Prepared.NOTHING;
    }
  }

  private static Prepared prepared(EnvironmentPreparation.Outcome outcome, Conditions conditions) {
    return switch (outcome) {
      case EnvironmentPreparation.Asked asked -> {
        conditions.unknown(
            ConditionType.ENVIRONMENT_READY,
            Reason.BUILD_PENDING,
            "Environment " + asked.name() + " is prepared: `kubectl get tenv` says how far it is.");
        yield new Prepared(Optional.of(asked.name()), Optional.empty());
      }
      case EnvironmentPreparation.Held held -> {
        conditions.set(ConditionType.ENVIRONMENT_READY, false, held.reason(), held.message());
        yield new Prepared(Optional.empty(), Optional.of(held.again()));
      }
    };
  }

  private Optional<EffectiveConfiguration> resolve(
      RunConfiguration configuration, Conditions conditions) {
    try {
      EffectiveConfiguration effective = resolver.resolve(configuration.getSpec());
      conditions
          .set(ConditionType.READY, true, Reason.READY, "Runs can use this configuration.")
          .remove(ConditionType.STALLED);
      return Optional.of(effective);
    } catch (InvalidConfigurationException e) {
      String message = e.getMessage() + ".";
      conditions
          .set(ConditionType.READY, false, Reason.INVALID_RUN_CONFIGURATION, message)
          .set(ConditionType.STALLED, true, Reason.INVALID_RUN_CONFIGURATION, message);
      return Optional.empty();
    }
  }

  private static void honored(List<String> fields, Conditions conditions) {
    if (fields.isEmpty()) {
      conditions.set(
          ConditionType.FULLY_HONORED,
          true,
          Reason.ALL_FIELDS_HONORED,
          "Every field that is set is acted on.");
    } else {
      conditions.set(
          ConditionType.FULLY_HONORED,
          false,
          Reason.FIELDS_NOT_ACTED_ON,
          "These fields are kept but not acted on: "
              + String.join(", ", fields)
              + "."
              + (fields.stream().anyMatch(field -> field.endsWith("docker.arguments"))
                  ? " Targets of type dsvm act on docker.arguments."
                  : ""));
    }
  }
}
