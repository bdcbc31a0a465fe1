package dev.trainyard.operator.runconfiguration;

import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.RunConfigurationStatus;
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
import java.util.List;
import java.util.Optional;

/**
 * Says of a run configuration whether runs can use it (condition Ready) and which of its fields are
 * kept but not acted on (condition FullyHonored).
 */
@ControllerConfiguration(name = "runconfiguration")
public final class RunConfigurationReconciler implements Reconciler<RunConfiguration> {
  private final ConfigurationResolver resolver;
  private final Clock clock;

  public RunConfigurationReconciler(ConfigurationResolver resolver, Clock clock) {
    this.resolver = resolver;
    this.clock = clock;
  }

  @Override
  public UpdateControl<RunConfiguration> reconcile(
      RunConfiguration configuration, Context<RunConfiguration> context) {
    RunConfigurationStatus status = status(configuration);
    if (status.equals(configuration.getStatus())) {
      return UpdateControl.noUpdate();
    }
    var patch = new RunConfiguration();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(configuration.getMetadata().getName())
            .withNamespace(configuration.getMetadata().getNamespace())
            .build());
    patch.setStatus(status);
    return UpdateControl.patchStatus(patch);
  }

  private RunConfigurationStatus status(RunConfiguration configuration) {
    RunConfigurationStatus before = configuration.getStatus();
    long generation = configuration.getMetadata().getGeneration();
    var conditions =
        new Conditions(before == null ? List.of() : before.conditions(), generation, clock);
    Optional<EffectiveConfiguration> effective = resolve(configuration, conditions);
    honored(UnhonoredFields.of(configuration.getSpec()), conditions);
    return new RunConfigurationStatus(
        generation,
        conditions.list(),
        effective.map(e -> e.userManaged() ? "UserManaged" : "SystemManaged").orElse(null),
        effective.map(EffectiveConfiguration::baseImage).orElse(null));
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
          "These fields are kept but not acted on: " + String.join(", ", fields) + ".");
    }
  }
}
