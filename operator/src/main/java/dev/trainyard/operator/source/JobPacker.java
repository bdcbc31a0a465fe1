package dev.trainyard.operator.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
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
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(15);
  private static final int MOST_DOUBLINGS = 5;
  private static final int CONFLICT = 409;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;
  private final WorkloadCache cache;
  private final SnapshotJob jobs;
  private final Optional<String> registrySecret;
  private final Clock clock;

  /**
   * @param registrySecret Secret that opens the registry in each namespace with runs
   */
  JobPacker(
      KubernetesClient client,
      WorkloadCache cache,
      SnapshotJob jobs,
      Optional<String> registrySecret,
      Clock clock) {
    this.client = client;
    this.cache = cache;
    this.jobs = jobs;
    this.registrySecret = registrySecret;
    this.clock = clock;
  }

  @Override
  public Packing pack(TrainingRun run) {
    JobSource source = JobSource.of(run.getSpec().source());
    Optional<Job> job = cache.job(run.getMetadata().getNamespace(), SnapshotJob.name(run));
    if (job.isEmpty()) {
      return begin(run, source, 0);
    }
    Optional<ContainerStateTerminated> end = end(job.get());
    if (end.isPresent()) {
      return ended(run, source, job.get(), end.get());
    }
    return failedAt(job.get())
        .map(time ->
            retried(
                run,
                source,
                job.get(),
                time,
                Reason.SNAPSHOT_JOB_FAILED,
                "The Job " + name(job.get()) + " failed without saying why."))
        .orElseGet(
            () -> snapshotting("The Job " + name(job.get()) + " fetches and packs the source."));
  }

  private Packing begin(TrainingRun run, JobSource source, int retries) {
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

  private boolean isMissingClaim(String namespace, String claim) {
    return client.persistentVolumeClaims().inNamespace(namespace).withName(claim).get() == null;
  }

  private static Packing missing(String what, String namespace) {
    return new Packing.Held(
        Reason.SECRET_NOT_FOUND,
        what
            + ", which does not exist in namespace "
            + namespace
            + ": create it; the run goes on by itself.");
  }

  private Packing ended(TrainingRun run, JobSource source, Job job, ContainerStateTerminated end) {
    JsonNode result = result(end);
    if (result.path("ok").asBoolean()) {
      return new Packing.Packed(
          new SnapshotStatus(
              result.path("digest").asText(),
              result.hasNonNull("commit") ? result.path("commit").asText() : null,
              result.path("files").asLong(),
              result.path("pushedBytes").asLong(),
              null));
    }
    Reason reason = reason(result.path("reason").asText()).orElse(Reason.SNAPSHOT_JOB_FAILED);
    String message =
        result
            .path("message")
            .asText("The Job " + name(job) + " ended with exit code " + end.getExitCode() + ".");
    return retried(run, source, job, Instant.parse(end.getFinishedAt()), reason, message);
  }

  /** Waits, then makes the Job anew: what was wrong outside may be mended by then. */
  private Packing retried(
      TrainingRun run, JobSource source, Job job, Instant failedAt, Reason reason, String message) {
    int retries = SnapshotJob.retries(job);
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(retries, MOST_DOUBLINGS));
    Duration left = Duration.between(clock.instant(), failedAt.plus(pause));
    if (left.isPositive()) {
      return new Packing.UnderWay(
          reason, message + " It is tried again every few minutes.", left.plusSeconds(1));
    }
    client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete();
    return begin(run, source, retries + 1);
  }

  /** How the Job's own pod ended; a pod of the Job before it may still be around. */
  private Optional<ContainerStateTerminated> end(Job job) {
    return cache
        .pods(job.getMetadata().getNamespace(), SnapshotJob.runUid(job))
        .filter(pod -> pod.hasOwnerReferenceFor(job))
        .flatMap(JobPacker::containers)
        .map(status -> status.getState().getTerminated())
        .filter(Objects::nonNull)
        .findFirst();
  }

  private static Stream<ContainerStatus> containers(Pod pod) {
    return pod.getStatus() == null
        ? Stream.empty()
        : pod.getStatus().getContainerStatuses().stream();
  }

  private static Optional<Instant> failedAt(Job job) {
    return job.getStatus() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("Failed") && c.getStatus().equals("True"))
            .map(c -> Instant.parse(c.getLastTransitionTime()))
            .findFirst();
  }

  private static String name(Job job) {
    return job.getMetadata().getName();
  }

  private static JsonNode result(ContainerStateTerminated end) {
    try {
      return JSON.readTree(Objects.requireNonNullElse(end.getMessage(), "{}"));
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  private static Optional<Reason> reason(String text) {
    for (Reason reason : Reason.values()) {
      if (reason.toString().equals(text)) {
        return Optional.of(reason);
      }
    }
    return Optional.empty();
  }

  private static Packing snapshotting(String message) {
    return new Packing.UnderWay(Reason.SNAPSHOTTING, message, LOOK_AGAIN);
  }
}
