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
    Source source = run.getSpec().source();
    if (source.configMap() != null) {
      return configMaps.pack(run);
    }
    if (source.git() != null) {
      return git.pack(run);
    }
    return new Packing.Held(
        Reason.SOURCE_NOT_SUPPORTED,
        "This version of Trainyard reads sources of the kinds git and configMap: put the source"
            + " into one of them and make a new run.");
  }
}
