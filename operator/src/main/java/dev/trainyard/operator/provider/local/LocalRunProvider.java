package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.NodeOutput;
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
    Communicator communicator = request.configuration().communicator();
    if (communicator == Communicator.OPEN_MPI || communicator == Communicator.INTEL_MPI) {
      problems.add(
          "communicator "
              + communicator
              + " is not served by targets of type local in this version; communicator None with"
              + " framework PyTorch, and ParameterServer, are");
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
  public int nodes(RunRequest request) {
    return new NodeGroup(request).size();
  }

  @Override
  public String backendId(RunRequest request) {
    return TrainingJob.name(request);
  }

  @Override
  public void submit(RunRequest request) {
    try {
      if (new NodeGroup(request).isDistributed()) {
        createService(request);
      }
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

  private void createService(RunRequest request) {
    try {
      client.resource(NodeService.of(request, TrainingJob.owner(request))).create();
    } catch (KubernetesClientException e) {
      // Its name has the run's uid and the attempt in it: it is the one of an earlier try.
      if (e.getCode() != CONFLICT) {
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
    List<Pod> pods = pods(request);
    RunObservation observed = diagnosis(request, pods).of(job);
    return job.isPresent() && pods.isEmpty() ? withRefusal(job.get(), observed) : observed;
  }

  private NodesDiagnosis diagnosis(RunRequest request, List<Pod> pods) {
    return new NodesDiagnosis(new NodeGroup(request), pods, clock.instant());
  }

  /** A Job that waits without a pod is asked what keeps it. */
  private RunObservation withRefusal(Job job, RunObservation observed) {
    return observed instanceof RunObservation.Waiting
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
      return firstPod(request)
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
  public List<NodeOutput> nodeOutputs(RunRequest request) {
    List<Pod> pods = diagnosis(request, pods(request)).byInterest();
    boolean alone = !new NodeGroup(request).isDistributed();
    return pods.stream()
        .map(pod ->
            new NodeOutput(
                alone ? "train.log" : "train-" + NodesDiagnosis.index(pod) + ".log",
                () -> output(pod)))
        .toList();
  }

  private Optional<InputStream> output(Pod pod) {
    return PodDiagnosis.hasStarted(pod)
        ? Optional.of(
            new LogStream(
                client
                    .pods()
                    .inNamespace(pod.getMetadata().getNamespace())
                    .withName(pod.getMetadata().getName())
                    .inContainer(TrainingJob.CONTAINER)
                    .watchLog()))
        : Optional.empty();
  }

  @Override
  public Outputs outputs(RunRequest request) {
    return request.configuration().collectedDirectories().isEmpty()
        ? new Outputs.None()
        : CollectorResult.of(pods(request));
  }

  private List<Pod> pods(RunRequest request) {
    var labels = TrainingJob.labels(request);
    return cache
        .pods(request.run().getMetadata().getNamespace(), request.run().getMetadata().getUid())
        .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
        .toList();
  }

  /** The pod of the first node, or the one that failed first. */
  private Optional<Pod> firstPod(RunRequest request) {
    return diagnosis(request, pods(request)).byInterest().stream().findFirst();
  }
}
