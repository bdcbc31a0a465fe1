package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.NodeOutput;
import dev.trainyard.operator.provider.Outputs;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Excerpt;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.workload.PodRefusal;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs as Jobs of this cluster. Reads from the caches of {@link WorkloadCache}. */
public final class LocalRunProvider implements RunProvider {
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;
  private static final int UNPROCESSABLE = 422;
  private static final Duration YOUNG = Duration.ofSeconds(5);

  private final KubernetesClient client;
  private final WorkloadCache cache;
  private final Settings settings;
  private final Clock clock;
  private final Prerequisites prerequisites;

  public LocalRunProvider(
      KubernetesClient client, WorkloadCache cache, Settings settings, Clock clock) {
    this.client = client;
    this.cache = cache;
    this.settings = settings;
    this.clock = clock;
    this.prerequisites = new Prerequisites(client, settings);
  }

  @Override
  public List<String> unsupported(RunRequest request) {
    var problems = new ArrayList<String>();
    if (request.configuration().framework() == Framework.PY_SPARK) {
      problems.add("framework PySpark needs a target of type hdInsight");
    }
    return problems;
  }

  @Override
  public Optional<Obstacle> obstacle(RunRequest request) {
    return prerequisites.missing(request);
  }

  @Override
  public int nodes(RunRequest request) {
    return new NodeGroup(request).size();
  }

  @Override
  public String backendId(RunAttempt attempt) {
    return attempt.name();
  }

  @Override
  public Optional<Obstacle> submit(RunRequest request) {
    if (isMade(request.attempt())) {
      return Optional.empty();
    }
    try {
      if (new NodeGroup(request).isDistributed()) {
        createService(request);
      }
      cache.made(client.resource(TrainingJob.of(request, settings)).create());
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return switch (e.getCode()) {
        case CONFLICT -> {
          if (live(request.attempt()).filter(job -> isOf(job, request.attempt())).isEmpty()) {
            throw e;
          }
          yield Optional.empty();
        }
        // A quota, an admission webhook or a policy; the API server's sentence says which.
        case FORBIDDEN, UNPROCESSABLE -> Optional.of(JobRefusal.classify(PodDiagnosis.sentence(e)));
        default -> throw e;
      };
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

  private boolean isMade(RunAttempt attempt) {
    return cache
        .job(attempt.run().getMetadata().getNamespace(), attempt.name())
        .filter(job -> isOf(job, attempt))
        .isPresent();
  }

  /**
   * A Job of that name is ours when it carries the run's uid: then a create of ours got through.
   */
  private static boolean isOf(Job job, RunAttempt attempt) {
    return attempt
        .run()
        .getMetadata()
        .getUid()
        .equals(job.getMetadata().getLabels().get(TrainyardApi.RUN_UID_LABEL));
  }

  @Override
  public RunObservation observe(RunAttempt attempt) {
    String namespace = attempt.run().getMetadata().getNamespace();
    // A cache that has not seen the Job yet must not look like a Job that was deleted.
    Optional<Job> job = cache.job(namespace, attempt.name()).or(() -> live(attempt));
    List<Pod> pods = pods(attempt);
    if (job.isPresent() && isFresh(job.get(), pods)) {
      return new RunObservation.Fresh();
    }
    if (pods.isEmpty()) {
      return job.<RunObservation>map(j -> PodDiagnosis.withoutPod(j, PodRefusal.of(client, j)))
          .orElseGet(RunObservation.Gone::new);
    }
    return new NodesDiagnosis(pods, job, clock.instant()).observed();
  }

  /** Whether the Job's controller and the scheduler will have more to say in a moment. */
  private boolean isFresh(Job job, List<Pod> pods) {
    boolean young =
        Instant.parse(job.getMetadata().getCreationTimestamp())
            .plus(YOUNG)
            .isAfter(clock.instant());
    boolean failed = job.getStatus() != null && !job.getStatus().getConditions().isEmpty();
    return young && !failed && pods.stream().noneMatch(PodDiagnosis::isScheduling);
  }

  private Optional<Job> live(RunAttempt attempt) {
    return Optional.ofNullable(
        client
            .batch()
            .v1()
            .jobs()
            .inNamespace(attempt.run().getMetadata().getNamespace())
            .withName(attempt.name())
            .get());
  }

  @Override
  public void cancel(RunAttempt attempt) {
    client
        .batch()
        .v1()
        .jobs()
        .inNamespace(attempt.run().getMetadata().getNamespace())
        .withName(attempt.name())
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();
  }

  @Override
  public Optional<String> outputTail(RunAttempt attempt, int maxBytes) {
    try {
      return firstPod(attempt)
          .map(pod ->
              client
                  .pods()
                  .inNamespace(pod.getMetadata().getNamespace())
                  .withName(pod.getMetadata().getName())
                  .inContainer(TrainingJob.CONTAINER)
                  .tailingLines(5_000)
                  .getLog())
          .filter(log -> !PodLog.isExcuse(log))
          .map(log -> Excerpt.tail(log, maxBytes));
    } catch (KubernetesClientException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<NodeOutput> nodeOutputs(RunAttempt attempt) {
    NodesDiagnosis diagnosis = diagnosis(attempt);
    return diagnosis.byInterest().stream()
        .map(pod ->
            new NodeOutput(
                diagnosis.isDistributed()
                    ? "train-" + NodesDiagnosis.index(pod) + ".log"
                    : "train.log",
                () -> output(pod)))
        .toList();
  }

  private Optional<InputStream> output(Pod pod) throws IOException {
    return PodDiagnosis.hasStarted(pod) ? new PodLog(client).follow(pod) : Optional.empty();
  }

  @Override
  public Outputs outputs(RunAttempt attempt) {
    return CollectorResult.of(pods(attempt));
  }

  private List<Pod> pods(RunAttempt attempt) {
    var labels = TrainingJob.labels(attempt);
    return cache
        .pods(attempt.run().getMetadata().getNamespace(), attempt.run().getMetadata().getUid())
        .filter(pod -> pod.getMetadata().getLabels().entrySet().containsAll(labels.entrySet()))
        .toList();
  }

  /** The pod of the first node, or the one that failed first. */
  private Optional<Pod> firstPod(RunAttempt attempt) {
    return diagnosis(attempt).byInterest().stream().findFirst();
  }

  private NodesDiagnosis diagnosis(RunAttempt attempt) {
    String namespace = attempt.run().getMetadata().getNamespace();
    return new NodesDiagnosis(pods(attempt), cache.job(namespace, attempt.name()), clock.instant());
  }
}
