package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What environments are built by and used by, kept by watches that also wake the environments. */
public final class EnvironmentWatches implements EnvironmentUsers {
  private @Nullable InformerEventSource<Job, Environment> jobs;
  private @Nullable InformerEventSource<Pod, Environment> pods;
  private @Nullable InformerEventSource<TrainingRun, Environment> runs;
  private @Nullable InformerEventSource<RunConfiguration, Environment> configurations;

  /** Makes the watches; called once, when the controller starts. */
  List<EventSource<?, Environment>> eventSources(EventSourceContext<Environment> context) {
    jobs = source(Job.class, TrainyardApi.ENVIRONMENT_LABEL, EnvironmentWatches::label, context);
    pods = source(Pod.class, TrainyardApi.ENVIRONMENT_LABEL, EnvironmentWatches::label, context);
    runs = source(TrainingRun.class, null, EnvironmentWatches::used, context);
    configurations = source(RunConfiguration.class, null, EnvironmentWatches::prepared, context);
    return List.of(jobs, pods, runs, configurations);
  }

  Optional<Job> job(String namespace, String name) {
    return Objects.requireNonNull(jobs).get(new ResourceID(name, namespace));
  }

  Stream<Job> jobs(Environment environment) {
    return of(Objects.requireNonNull(jobs), environment, EnvironmentWatches::label);
  }

  Stream<Pod> pods(Environment environment) {
    return of(Objects.requireNonNull(pods), environment, EnvironmentWatches::label);
  }

  @Override
  public Stream<TrainingRun> runs(Environment environment) {
    return of(Objects.requireNonNull(runs), environment, EnvironmentWatches::used);
  }

  @Override
  public Stream<RunConfiguration> configurations(Environment environment) {
    return of(Objects.requireNonNull(configurations), environment, EnvironmentWatches::prepared);
  }

  private static <R extends HasMetadata> Stream<R> of(
      InformerEventSource<R, Environment> source,
      Environment environment,
      Function<R, Optional<String>> name) {
    return source.list(
        environment.getMetadata().getNamespace(),
        resource -> name.apply(resource).equals(Optional.of(environment.getMetadata().getName())));
  }

  private static Optional<String> label(HasMetadata workload) {
    return Optional.ofNullable(
        Objects.requireNonNullElse(workload.getMetadata().getLabels(), Map.<String, String>of())
            .get(TrainyardApi.ENVIRONMENT_LABEL));
  }

  private static Optional<String> used(TrainingRun run) {
    return run.getStatus() == null || run.getStatus().environment() == null
        ? Optional.empty()
        : Optional.ofNullable(run.getStatus().environment().name());
  }

  private static Optional<String> prepared(RunConfiguration configuration) {
    // The status is not written anew when only the annotation goes.
    String asked =
        Objects.requireNonNullElse(
                configuration.getMetadata().getAnnotations(), Map.<String, String>of())
            .get(TrainyardApi.PREPARE_ANNOTATION);
    return configuration.getStatus() == null || !"true".equals(asked)
        ? Optional.empty()
        : Optional.ofNullable(configuration.getStatus().environment());
  }

  private static <R extends HasMetadata> InformerEventSource<R, Environment> source(
      Class<R> kind,
      @Nullable String label,
      Function<R, Optional<String>> name,
      EventSourceContext<Environment> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(kind, Environment.class)
            .withLabelSelector(label)
            .withNamespacesInheritedFromController()
            .withSecondaryToPrimaryMapper(resource ->
                name.apply(resource)
                    .map(n -> new ResourceID(n, resource.getMetadata().getNamespace()))
                    .map(Set::of)
                    .orElseGet(Set::of))
            .build(),
        context);
  }
}
