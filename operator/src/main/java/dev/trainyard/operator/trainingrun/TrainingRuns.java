package dev.trainyard.operator.trainingrun;

import dev.trainyard.operator.environment.DependencyReader;
import dev.trainyard.operator.environment.Environments;
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
    var references = new References();
    var accept = new AcceptStep(references, resolver, providers);
    var sources = new Sources(client, settings, images, workloads, clock);
    List<RunStep> steps =
        List.of(
            new CancelStep(providers, sources),
            accept,
            new SnapshotStep(sources, images),
            new EnvironmentStep(
                images,
                imports,
                new BaseImageSecret(client),
                new SystemManagedEnvironment(
                    references,
                    images,
                    new DependencyReader(settings.environments().defaultChannels()),
                    new Environments(client, settings.environments().unusedAfter(), clock))),
            new TargetStep(),
            new SubmitStep(),
            new ObserveStep());
    return new TrainingRunReconciler(
        steps,
        new Retention(Retention.deletion(client), clock),
        references,
        workloads,
        events,
        metrics,
        clock);
  }
}
