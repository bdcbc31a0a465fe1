package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.Outputs;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.provider.SubmissionRefusedException;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.InputStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Runs as Jobs of this cluster. Reads from the caches of {@link WorkloadCache}. */
public final class LocalRunProvider implements RunProvider {
  private static final int CONFLICT = 409;
  private static final int FORBIDDEN = 403;
  private static final int UNPROCESSABLE = 422;
  private static final int BAD_REQUEST = 400;

  private final KubernetesClient client;
  private final WorkloadCache cache;
  private final Settings settings;
  private final JobRefusal refusal;
  private final Clock clock;

  public LocalRunProvider(
      KubernetesClient client, WorkloadCache cache, Settings settings, Clock clock) {
    this.client = client;
    this.cache = cache;
    this.settings = settings;
    this.refusal = new JobRefusal(client);
    this.clock = clock;
  }

  @Override
  public List<String> unsupported(RunRequest request) {
    var problems = new ArrayList<String>();
    if (request.configuration().nodeCount() > 1
        || request.configuration().communicator() != Communicator.NONE) {
      problems.add(
          "nodeCount "
              + request.configuration().nodeCount()
              + " and communicator "
              + request.configuration().communicator()
              + " ask for a distributed run; targets of type local take nodeCount 1 with"
              + " communicator None in this version");
    }
    if (request.configuration().framework() == Framework.PY_SPARK) {
      problems.add("framework PySpark needs a target of type hdInsight");
    }
    return problems;
  }

  @Override
  public Optional<Obstacle> obstacle(RunRequest request) {
    String namespace = request.run().getMetadata().getNamespace();
    Optional<String> pullSecret = settings.registrySecret();
    if (pullSecret.isPresent() && !hasSecret(namespace, pullSecret.get())) {
      return Optional.of(
          new Obstacle(
              Reason.SECRET_NOT_FOUND,
              "Nodes pull run images with the Secret "
                  + pullSecret.get()
                  + ", which does not exist in namespace "
                  + namespace
                  + ": create it with `kubectl create secret docker-registry`."));
    }
    return TrainingVolumes.of(TrainingJob.settings(request)).stream()
        .flatMap(volume -> missing(namespace, volume).stream())
        .findFirst();
  }

  private Optional<Obstacle> missing(String namespace, LocalTarget.Volume volume) {
    if (volume.secret() != null && !hasSecret(namespace, volume.secret())) {
      return Optional.of(
          new Obstacle(
              Reason.SECRET_NOT_FOUND,
              "The target's volume "
                  + volume.name()
                  + " needs the Secret "
                  + volume.secret()
                  + ", which does not exist in namespace "
                  + namespace
                  + ": create it."));
    }
    if (volume.persistentVolumeClaim() != null
        && !hasClaim(namespace, volume.persistentVolumeClaim())) {
      return Optional.of(
          new Obstacle(
              Reason.VOLUME_CLAIM_NOT_FOUND,
              "The target's volume "
                  + volume.name()
                  + " needs the PersistentVolumeClaim "
                  + volume.persistentVolumeClaim()
                  + ", which does not exist in namespace "
                  + namespace
                  + ": create it."));
    }
    return Optional.empty();
  }

  private boolean hasSecret(String namespace, String name) {
    return client.secrets().inNamespace(namespace).withName(name).get() != null;
  }

  private boolean hasClaim(String namespace, String name) {
    return client.persistentVolumeClaims().inNamespace(namespace).withName(name).get() != null;
  }

  @Override
  public String backendId(RunRequest request) {
    return TrainingJob.name(request);
  }

  @Override
  public void submit(RunRequest request) {
    try {
      client.resource(TrainingJob.of(request, settings)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() == FORBIDDEN || e.getCode() == UNPROCESSABLE || e.getCode() == BAD_REQUEST) {
        throw new SubmissionRefusedException(
            JobRefusal.classify(String.valueOf(e.getMessage())), e);
      }
      if (e.getCode() != CONFLICT || !isOurs(request)) {
        throw e;
      }
    }
  }

  /**
   * A Job of that name is ours when it carries the run's uid: then a create of ours got through.
   */
  private boolean isOurs(RunRequest request) {
    return live(request)
        .map(job -> job.getMetadata().getLabels().get(TrainyardApi.RUN_UID_LABEL))
        .filter(uid -> uid.equals(request.run().getMetadata().getUid()))
        .isPresent();
  }

  @Override
  public RunObservation observe(RunRequest request) {
    String namespace = request.run().getMetadata().getNamespace();
    // A cache that has not seen the Job yet must not look like a Job that was deleted.
    Optional<Job> job = cache.job(namespace, TrainingJob.name(request)).or(() -> live(request));
    Optional<Pod> pod = newestPod(request);
    if (job.isPresent()) {
      return withRefusal(job.get(), PodDiagnosis.of(job.get(), pod, clock.instant()), pod);
    }
    return pod.<RunObservation>map(p -> PodDiagnosis.ofPod(p, clock.instant()))
        .orElseGet(RunObservation.Gone::new);
  }

  /** A Job that waits without a pod is asked what keeps it. */
  private RunObservation withRefusal(Job job, RunObservation observed, Optional<Pod> pod) {
    return pod.isEmpty() && observed instanceof RunObservation.Waiting
        ? refusal
            .of(job)
            .<RunObservation>map(o -> new RunObservation.Waiting(o.reason(), o.message()))
            .orElse(observed)
        : observed;
  }

  private Optional<Job> live(RunRequest request) {
    return Optional.ofNullable(
        client
            .batch()
            .v1()
            .jobs()
            .inNamespace(request.run().getMetadata().getNamespace())
            .withName(TrainingJob.name(request))
            .get());
  }

  @Override
  public void cancel(RunRequest request) {
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(request.run().getMetadata().getNamespace())
        .withName(TrainingJob.name(request))
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();
  }

  @Override
  public Optional<String> outputTail(RunRequest request, int maxBytes) {
    try {
      return newestPod(request)
          .map(pod ->
              client
                  .pods()
                  .inNamespace(pod.getMetadata().getNamespace())
                  .withName(pod.getMetadata().getName())
                  .inContainer(TrainingJob.CONTAINER)
                  .tailingLines(5_000)
                  .getLog())
          .map(log -> log.substring(Math.max(0, log.length() - maxBytes)));
    } catch (KubernetesClientException e) {
      return Optional.empty();
    }
  }

  @Override
  public Optional<InputStream> output(RunRequest request) {
    return newestPod(request)
        .filter(pod -> PodDiagnosis.hasStarted(pod))
        .map(pod ->
            client
                .pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName())
                .inContainer(TrainingJob.CONTAINER)
                .watchLog())
        .map(LogStream::new);
  }

  @Override
  public Outputs outputs(RunRequest request) {
    return request.configuration().collectedDirectories().isEmpty()
        ? new Outputs.None()
        : CollectorResult.of(newestPod(request));
  }

  private Optional<Pod> newestPod(RunRequest request) {
    var labels = TrainingJob.labels(request);
    return cache
        .pods(request.run().getMetadata().getNamespace(), request.run().getMetadata().getUid())
        .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
        .max(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()));
  }
}
