package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.Obstacle;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Runs as Jobs of this cluster. Reads from the caches of {@link WorkloadCache}. */
public final class LocalRunProvider implements RunProvider {
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final WorkloadCache cache;

  public LocalRunProvider(KubernetesClient client, WorkloadCache cache) {
    this.client = client;
    this.cache = cache;
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
    for (LocalTarget.Volume volume : TrainingVolumes.of(TrainingJob.settings(request))) {
      if (volume.secret() != null
          && client.secrets().inNamespace(namespace).withName(volume.secret()).get() == null) {
        return Optional.of(
            new Obstacle(
                Reason.SECRET_NOT_FOUND,
                "The target's volume "
                    + volume.name()
                    + " needs the Secret "
                    + volume.secret()
                    + ", which does not exist in this namespace: create it."));
      }
      if (volume.persistentVolumeClaim() != null
          && client
                  .persistentVolumeClaims()
                  .inNamespace(namespace)
                  .withName(volume.persistentVolumeClaim())
                  .get()
              == null) {
        return Optional.of(
            new Obstacle(
                Reason.VOLUME_CLAIM_NOT_FOUND,
                "The target's volume "
                    + volume.name()
                    + " needs the PersistentVolumeClaim "
                    + volume.persistentVolumeClaim()
                    + ", which does not exist in this namespace: create it."));
      }
    }
    return Optional.empty();
  }

  @Override
  public String backendId(RunRequest request) {
    return TrainingJob.name(request);
  }

  @Override
  public void submit(RunRequest request) {
    try {
      client.resource(TrainingJob.of(request)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT || !isOurs(request)) {
        throw e;
      }
    }
  }

  /** A Job of that name is ours when it carries the run's uid: then a create of ours got through. */
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
    Optional<Job> job =
        cache.job(namespace, TrainingJob.name(request)).or(() -> live(request));
    Optional<Pod> pod = newestPod(request);
    if (job.isPresent()) {
      return PodDiagnosis.of(job.get(), pod);
    }
    return pod.isPresent()
        ? new RunObservation.Waiting(Reason.QUEUED, "The pod is being ended.")
        : new RunObservation.Gone();
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
          .map(
              pod ->
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

  private Optional<Pod> newestPod(RunRequest request) {
    var labels = TrainingJob.labels(request);
    return cache
        .pods(request.run().getMetadata().getNamespace(), request.run().getMetadata().getUid())
        .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
        .max(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()));
  }
}
