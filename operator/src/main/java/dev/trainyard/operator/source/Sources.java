package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;

/** Every kind of source that runs can have, each with its packer. */
public final class Sources implements SourcePacker {
  private final SourcePacker configMaps;
  private final SourcePacker jobs;

  public Sources(
      KubernetesClient client,
      Settings settings,
      ImageStore images,
      WorkloadCache workloads,
      Clock clock) {
    configMaps = new ConfigMapPacker(client, images);
    jobs =
        new JobPacker(
            client, workloads, new SnapshotJob(settings, images), settings.registrySecret(), clock);
  }

  @Override
  public Packing pack(TrainingRun run) throws RegistryException {
    return run.getSpec().source().configMap() == null ? jobs.pack(run) : configMaps.pack(run);
  }
}
