package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Packs sources of every kind but ConfigMaps in a Job, so that the user's URL is fetched and the
 * user's Secret is used by a pod of the user's namespace and not by the operator. The Job says how
 * it ended in its termination message. A failed one is made anew after a while that doubles each
 * time.
 */
final class JobPacker implements SourcePacker {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final WorkloadCache cache;
  private final SnapshotJob jobs;
  private final FluxSources flux;
  private final Settings settings;
  private final Clock clock;

  JobPacker(
      KubernetesClient client,
      WorkloadCache cache,
      SnapshotJob jobs,
      FluxSources flux,
      Settings settings,
      Clock clock) {
    this.client = client;
    this.cache = cache;
    this.jobs = jobs;
    this.flux = flux;
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public Packing pack(TrainingRun run) {
    String namespace = run.getMetadata().getNamespace();
    Optional<Job> job = cache.job(namespace, SnapshotJob.name(run));
    if (job.isEmpty()) {
      return begin(run, 0);
    }
    Stream<Pod> pods = cache.pods(namespace, SnapshotJob.runUid(job.get()));
    return switch (SnapshotOutcome.of(job.get(), pods)) {
      case SnapshotOutcome.AtWork atWork -> snapshotting(atWork.message());
      case SnapshotOutcome.Succeeded succeeded -> new Packing.Packed(succeeded.snapshot());
      case SnapshotOutcome.Failed failed -> retried(run, job.get(), failed);
    };
  }

  @Override
  public Packing.NotPacked refuse(TrainingRun run, Reason reason, String message) {
    return cache
        .job(run.getMetadata().getNamespace(), SnapshotJob.name(run))
        .map(job ->
            retried(
                run,
                job,
                new SnapshotOutcome.Failed(
                    reason, message, SnapshotOutcome.completedAt(job).orElseGet(clock::instant))))
        .orElseGet(() -> snapshotting("A Job fetches and packs the source."));
  }

  @Override
  public void abandon(TrainingRun run) {
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(run.getMetadata().getNamespace())
        .withName(SnapshotJob.name(run))
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();
  }

  /** What Flux has is asked anew each time: it throws older artifacts away. */
  private Packing.NotPacked begin(TrainingRun run, int retries) {
    Source.Flux named = run.getSpec().source().flux();
    if (named == null) {
      return begin(run, JobSource.of(run.getSpec().source()), retries);
    }
    return switch (flux.artifact(run.getMetadata().getNamespace(), named)) {
      case FluxArtifact.Ready artifact ->
          begin(run, JobSource.of(named, artifact, settings.fluxHosts()), retries);
      case FluxArtifact.NotReady notReady ->
          new Packing.Held(notReady.reason(), notReady.message());
    };
  }

  private Packing.NotPacked begin(TrainingRun run, JobSource source, int retries) {
    String namespace = run.getMetadata().getNamespace();
    if (source.secret().isPresent() && isMissing(namespace, source.secret().get())) {
      return missing("source.git.secretRef names the Secret " + source.secret().get(), namespace);
    }
    if (source.claim().isPresent() && isMissingClaim(namespace, source.claim().get())) {
      return new Packing.Held(
          Reason.VOLUME_CLAIM_NOT_FOUND,
          "source.persistentVolumeClaim names the PersistentVolumeClaim "
              + source.claim().get()
              + ", which does not exist in namespace "
              + namespace
              + ": create it; the run goes on by itself.");
    }
    if (source.authorities().isPresent()
        && hasNoAuthorities(namespace, source.authorities().get())) {
      return new Packing.Held(
          Reason.CONFIG_MAP_NOT_FOUND,
          "caConfigMapRef of the source names the ConfigMap "
              + source.authorities().get()
              + ", and namespace "
              + namespace
              + " has none of that name with the key "
              + JobSource.AUTHORITIES
              + ": create it; the run goes on by itself.");
    }
    Optional<String> registrySecret = settings.registrySecret();
    if (registrySecret.isPresent() && isMissing(namespace, registrySecret.get())) {
      return missing("Sources are pushed with the Secret " + registrySecret.get(), namespace);
    }
    try {
      client.resource(jobs.of(run, source, retries)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
    }
    return snapshotting("A Job fetches and packs the source.");
  }

  private boolean isMissing(String namespace, String secret) {
    return client.secrets().inNamespace(namespace).withName(secret).get() == null;
  }

  private boolean hasNoAuthorities(String namespace, String name) {
    ConfigMap map = client.configMaps().inNamespace(namespace).withName(name).get();
    return map == null
        || map.getData() == null
        || !map.getData().containsKey(JobSource.AUTHORITIES);
  }

  private boolean isMissingClaim(String namespace, String claim) {
    return client.persistentVolumeClaims().inNamespace(namespace).withName(claim).get() == null;
  }

  private static Packing.NotPacked missing(String what, String namespace) {
    return new Packing.Held(
        Reason.SECRET_NOT_FOUND,
        what
            + ", which does not exist in namespace "
            + namespace
            + ": create it; the run goes on by itself.");
  }

  /** Waits, then makes the Job anew: what was wrong outside may be mended by then. */
  private Packing.NotPacked retried(TrainingRun run, Job job, SnapshotOutcome.Failed failed) {
    int retries = SnapshotJob.retries(job);
    Optional<Duration> left = RetryPause.left(retries, failed.at(), clock.instant());
    if (left.isPresent()) {
      return new Packing.UnderWay(
          failed.reason(),
          failed.message() + " It is tried again every few minutes.",
          left.get().plusSeconds(1));
    }
    return delete(job)
        ? begin(run, retries + 1)
        : snapshotting("A Job fetches and packs the source.");
  }

  /** Deletes that very Job: a cache that is behind must not cost the Job that came after it. */
  private boolean delete(Job job) {
    try {
      client.resource(job).lockResourceVersion(job.getMetadata().getResourceVersion()).delete();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
      return false;
    }
  }

  private static Packing.NotPacked snapshotting(String message) {
    return new Packing.UnderWay(Reason.SNAPSHOTTING, message, LOOK_AGAIN);
  }
}
