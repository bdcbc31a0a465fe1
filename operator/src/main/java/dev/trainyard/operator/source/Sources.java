package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.util.function.Function;
import java.util.stream.Stream;

/** Every kind of source that runs can have, each with its packer. */
public final class Sources implements SourcePacker {
  private final SourcePacker configMaps;
  private final SourcePacker jobs;
  private final FluxSources flux;

  public Sources(
      KubernetesClient client,
      Settings settings,
      ImageStore images,
      WorkloadCache workloads,
      Clock clock) {
    flux = new FluxSources(client, settings.watchNamespaces());
    configMaps = new ConfigMapPacker(client, images);
    jobs =
        new JobPacker(client, workloads, new SnapshotJob(settings, images), flux, settings, clock);
  }

  /**
   * Makes what wakes runs when the source that they wait for changes; called once, when the
   * controller starts.
   *
   * @param runs the runs of a namespace
   */
  public EventSource<?, TrainingRun> eventSource(Function<String, Stream<TrainingRun>> runs) {
    return flux.start(runs);
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
    return run.getSpec().source().configMap() == null ? jobs : configMaps;
  }
}
