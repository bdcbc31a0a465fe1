package dev.trainyard.operator.trainingrun;

import dev.trainyard.operator.Settings;
import dev.trainyard.operator.image.BaseImports;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.local.WorkloadCache;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.status.Events;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.util.List;

/** Puts the reconciler of runs together; the order of the steps is here. */
public final class TrainingRuns {
  private TrainingRuns() {}

  public static TrainingRunReconciler reconciler(
      KubernetesClient client,
      Settings settings,
      Providers providers,
      WorkloadCache workloads,
      ConfigurationResolver resolver,
      Events events,
      Clock clock) {
    var references = new References();
    var images = new ImageStore(settings);
    var accept = new AcceptStep(references, resolver, providers);
    var git = new GitPacker(client, workloads, new SnapshotJob(settings, images), clock);
    List<RunStep> steps =
        List.of(
            new CancelStep(accept),
            accept,
            new SnapshotStep(new ConfigMapPacker(client, images), git, images),
            new EnvironmentStep(images, new BaseImports(images), new BaseImageSecret(client)),
            new TargetStep(),
            new SubmitStep(),
            new ObserveStep());
    return new TrainingRunReconciler(
        steps, new Retention(client, clock), references, workloads, events, clock);
  }
}
