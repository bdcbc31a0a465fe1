package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.ComputeTargetType;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.RunConfigurationSpec;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunSpec;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Finds the run's configuration and target and checks that they fit each other. What can be mended
 * outside the run holds it; what stands in the run itself, which cannot be changed, fails it.
 */
final class AcceptStep implements RunStep {
  private static final ComputeTargetSpec BUILT_IN_LOCAL =
      new ComputeTargetSpec(
          ComputeTargetType.LOCAL, null, null, null, null, null, null, null, null);
  private static final ComputeTargetSpec BUILT_IN_CONTAINER_INSTANCE =
      new ComputeTargetSpec(ComputeTargetType.ACI, null, null, null, null, null, null, null, null);

  private final References references;
  private final ConfigurationResolver resolver;
  private final Providers providers;

  AcceptStep(References references, ConfigurationResolver resolver, Providers providers) {
    this.references = references;
    this.resolver = resolver;
    this.providers = providers;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.ACCEPTED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    Optional<RunProvider> underWay = underWay(progress);
    if (underWay.isPresent()) {
      progress.underWay(underWay.get());
      return fits(progress.targetName().orElse(""));
    }
    TrainingRunSpec spec = progress.run().getSpec();
    Optional<RunConfigurationSpec> configuration = configuration(progress);
    if (configuration.isEmpty()) {
      return held(
          Reason.RUN_CONFIGURATION_NOT_FOUND,
          "There is no RunConfiguration "
              + configurationName(spec)
              + " in namespace "
              + progress.namespace()
              + ": create it, or make a run that names another.");
    }
    try {
      return withConfiguration(progress, resolver.resolve(configuration.get(), spec));
    } catch (InvalidConfigurationException e) {
      return blamed(spec, Reason.INVALID_RUN_CONFIGURATION, e.getMessage() + ".");
    }
  }

  /**
   * The provider of an attempt that was handed over, which comes to its end whatever is deleted.
   */
  private Optional<RunProvider> underWay(RunProgress progress) {
    return progress.attempt().isPresent() && progress.conditions().isTrue(ConditionType.SUBMITTED)
        ? progress.targetType().flatMap(providers::forType).map(Providers.Provider::runs)
        : Optional.empty();
  }

  private static StepResult fits(String target) {
    return new StepResult.Done("Configuration and target " + target + " fit.");
  }

  private Optional<RunConfigurationSpec> configuration(RunProgress progress) {
    TrainingRunSpec spec = progress.run().getSpec();
    if (spec.runConfiguration() != null) {
      return Optional.of(spec.runConfiguration());
    }
    return references
        .runConfiguration(progress.namespace(), configurationName(spec))
        .map(RunConfiguration::getSpec);
  }

  /** The schema lets a run through only with a reference or an inline configuration. */
  private static String configurationName(TrainingRunSpec spec) {
    return Objects.requireNonNull(spec.runConfigurationRef()).name();
  }

  private StepResult withConfiguration(RunProgress progress, EffectiveConfiguration effective) {
    if (effective.script().isEmpty()) {
      return blamed(
          progress.run().getSpec(),
          Reason.SCRIPT_MISSING,
          "No script is named: set script in the run configuration or in the TrainingRun.");
    }
    Optional<ComputeTargetSpec> target = target(progress.namespace(), effective.target());
    if (target.isEmpty()) {
      return held(
          Reason.COMPUTE_TARGET_NOT_FOUND,
          "There is no ComputeTarget "
              + effective.target()
              + " in namespace "
              + progress.namespace()
              + ": create it, or make a run that names another. local is built in.");
    }
    Optional<RunProvider> provider =
        providers.forType(target.get().type()).map(Providers.Provider::runs);
    if (provider.isEmpty()) {
      return held(
          Reason.TARGET_TYPE_NOT_SUPPORTED, TargetState.unsupported(target.get().type()).message());
    }
    progress.accepted(effective, target.get(), provider.get());
    List<String> problems = provider.get().unsupported(progress.request(1));
    return problems.isEmpty()
        ? fits(effective.target())
        : blamed(
            progress.run().getSpec(),
            Reason.NOT_SUPPORTED_BY_TARGET,
            "Target "
                + effective.target()
                + " cannot run this: "
                + String.join("; ", problems)
                + ".");
  }

  private Optional<ComputeTargetSpec> target(String namespace, String name) {
    Optional<ComputeTargetSpec> found =
        references.computeTarget(namespace, name).map(ComputeTarget::getSpec);
    if (found.isPresent()) {
      return found;
    }
    return switch (name) {
      case "local" -> Optional.of(BUILT_IN_LOCAL);
      case "containerinstance" -> Optional.of(BUILT_IN_CONTAINER_INSTANCE);
      default -> Optional.empty();
    };
  }

  private static StepResult held(Reason reason, String message) {
    return StepResult.held(RunPhase.NOT_STARTED, reason, message);
  }

  /** An inline configuration cannot be mended, a RunConfiguration can. */
  private static StepResult blamed(TrainingRunSpec spec, Reason reason, String message) {
    return spec.runConfiguration() == null
        ? held(reason, message)
        : StepResult.failed(reason, message);
  }
}
