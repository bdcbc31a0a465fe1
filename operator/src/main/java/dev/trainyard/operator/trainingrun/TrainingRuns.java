package dev.trainyard.operator.trainingrun;

import dev.trainyard.operator.environment.DependencyReader;
import dev.trainyard.operator.environment.Environments;
import dev.trainyard.operator.history.RunHistory;
import dev.trainyard.operator.image.BaseImageSecret;
import dev.trainyard.operator.image.BaseImports;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.metrics.RunMetrics;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.source.Sources;
import dev.trainyard.operator.status.Events;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;

/** Puts the reconciler of runs together; the order of the steps is here. */
public final class TrainingRuns {
  private TrainingRuns() {}

  public static TrainingRunReconciler reconciler(
      KubernetesClient client,
      Settings settings,
      ImageStore images,
      BaseImports imports,
      Providers providers,
      WorkloadCache workloads,
      ConfigurationResolver resolver,
      Events events,
      RunMetrics metrics,
      Clock clock) {
    var sources = new Sources(client, settings, images, workloads, clock);
    var references = new References(sources::eventSource);
    var accept = new AcceptStep(references, resolver, providers);
    var history = new RunHistory(images);
    var finalize = new FinalizeStep(history, clock);
    var queue = new TargetQueue();
    var needed =
        new NeededEnvironment(
            references,
            images,
            new Environments(client, settings.environments().unusedAfter(), clock));
    List<RunStep> steps =
        List.of(
            new CancelStep(providers, sources, finalize, history),
            accept,
            new SnapshotStep(sources, images),
            new EnvironmentStep(
                images,
                imports,
                new BaseImageSecret(client),
                new SystemManagedEnvironment(
                    needed,
                    images,
                    new DependencyReader(settings.environments().defaultChannels())),
                new DockerfileEnvironment(needed, images, imports),
                settings.environments().dockerfileImage().isPresent()),
            new TargetStep(queue),
            new SubmitStep(images::hasRunImage, clock),
            new ObserveStep(history, clock),
            finalize,
            new ConcludeStep(clock));
    return new TrainingRunReconciler(
        steps,
        new Retention(Retention.deletion(client), clock),
        new Deletion(providers, history, images, clock),
        queue,
        references,
        workloads,
        providers,
        events,
        metrics,
        clock);
  }
}
