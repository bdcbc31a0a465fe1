package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;

/** Every kind of source that runs can have, each with its packer. */
public final class Sources implements SourcePacker {
  private static final SourcePacker UNSUPPORTED = new UnsupportedSource();

  private final SourcePacker configMaps;
  private final SourcePacker git;

  public Sources(
      KubernetesClient client,
      Settings settings,
      ImageStore images,
      WorkloadCache workloads,
      Clock clock) {
    configMaps = new ConfigMapPacker(client, images);
    var jobs = new SnapshotJob(settings, images);
    git = new GitPacker(client, workloads, jobs, settings.registrySecret(), clock);
  }

  @Override
  public Packing pack(TrainingRun run) throws RegistryException {
    return of(run).pack(run);
  }

  @Override
  public Packing.NotPacked refuse(TrainingRun run, Reason reason, String message) {
    return of(run).refuse(run, reason, message);
  }

  @Override
  public void abandon(TrainingRun run) {
    of(run).abandon(run);
  }

  private SourcePacker of(TrainingRun run) {
    Source source = run.getSpec().source();
    if (source.configMap() != null) {
      return configMaps;
    }
    return source.git() != null ? git : UNSUPPORTED;
  }
}
