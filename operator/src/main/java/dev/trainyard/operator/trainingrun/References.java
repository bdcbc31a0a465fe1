package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.LocalObjectReference;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The configurations, targets, environments and Flux sources that runs name, kept by watches. A
 * change of one wakes the unfinished runs that name it, so that a run goes on as soon as what it
 * waits for is mended.
 */
public final class References {
  private final Function<Function<String, Stream<TrainingRun>>, EventSource<?, TrainingRun>>
      sources;
  private @Nullable InformerEventSource<RunConfiguration, TrainingRun> configurations;
  private @Nullable InformerEventSource<ComputeTarget, TrainingRun> targets;
  private @Nullable InformerEventSource<Environment, TrainingRun> environments;

  /**
   * @param sources makes what wakes runs whose source has changed, of the runs of a namespace
   */
  References(Function<Function<String, Stream<TrainingRun>>, EventSource<?, TrainingRun>> sources) {
    this.sources = sources;
  }

  /** Makes the watches; called once, when the controller starts. */
  public List<EventSource<?, TrainingRun>> eventSources(EventSourceContext<TrainingRun> context) {
    configurations = source(RunConfiguration.class, context, References::namesConfiguration);
    // The target's name may stand in the configuration, so every waiting run has a look.
    targets = source(ComputeTarget.class, context, (run, name) -> true);
    environments = source(Environment.class, context, References::usesEnvironment);
    return List.of(
        configurations,
        targets,
        environments,
        sources.apply(namespace -> context.getPrimaryCache().list(namespace)));
  }

  Optional<RunConfiguration> runConfiguration(String namespace, String name) {
    return Objects.requireNonNull(configurations).get(new ResourceID(name, namespace));
  }

  Optional<ComputeTarget> computeTarget(String namespace, String name) {
    return Objects.requireNonNull(targets).get(new ResourceID(name, namespace));
  }

  Optional<Environment> environment(String namespace, String name) {
    return Objects.requireNonNull(environments).get(new ResourceID(name, namespace));
  }

  private static boolean usesEnvironment(TrainingRun run, String name) {
    return run.getStatus() != null
        && run.getStatus().environment() != null
        && name.equals(run.getStatus().environment().name());
  }

  private static boolean namesConfiguration(TrainingRun run, String name) {
    LocalObjectReference reference = run.getSpec().runConfigurationRef();
    return reference != null && reference.name().equals(name);
  }

  private static <R extends HasMetadata> InformerEventSource<R, TrainingRun> source(
      Class<R> kind,
      EventSourceContext<TrainingRun> context,
      BiPredicate<TrainingRun, String> concerns) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(kind, TrainingRun.class)
            .withNamespacesInheritedFromController()
            .withSecondaryToPrimaryMapper(referred -> waitingRuns(context, referred, concerns))
            .build(),
        context);
  }

  private static Set<ResourceID> waitingRuns(
      EventSourceContext<TrainingRun> context,
      HasMetadata referred,
      BiPredicate<TrainingRun, String> concerns) {
    return context
        .getPrimaryCache()
        .list(referred.getMetadata().getNamespace(), run -> !Finished.is(run))
        .filter(run -> run.getStatus() == null || run.getStatus().attempts() == null)
        .filter(run -> concerns.test(run, referred.getMetadata().getName()))
        .map(ResourceID::fromResource)
        .collect(Collectors.toSet());
  }
}
