package dev.trainyard.e2e.environments;

import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/** The pods that build the environments of runs, seen in the middle of what they do. */
final class BuildPods {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Runs runs;

  BuildPods(Runs runs) {
    this.runs = runs;
  }

  /**
   * Lets no container that sets no limit itself, such as those of a build, have more of a processor
   * than half. The kubelet looks once a second what runs: a step that takes less may be over before
   * anybody saw it.
   */
  void slow() {
    runs.apply(
        """
        apiVersion: v1
        kind: LimitRange
        metadata: {name: half-a-processor}
        spec:
          limits: [{type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 10m}}]
        """);
  }

  /** The pod that builds the environment of a run, once a step of it runs. */
  Pod running(String run, String step) {
    return await()
        .alias("the step " + step + " runs for " + run)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> find(run, step), Optional::isPresent)
        .orElseThrow();
  }

  /**
   * The pod that builds the environment of a run, once a step of it said that it does something.
   */
  Pod doing(String run, String step, String activity) {
    Pod pod = running(run, step);
    String log =
        "/api/v1/namespaces/%s/pods/%s/log?container=%s"
            .formatted(runs.namespace(), pod.getMetadata().getName(), step);
    await()
        .alias(step + " of " + run + " is " + activity)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> runs.client().raw(log).contains("\"" + activity));
    return pod;
  }

  private Optional<Pod> find(String run, String step) {
    return environmentName(runs.get(run)).stream()
        .flatMap(environment ->
            runs
                .client()
                .pods()
                .inNamespace(runs.namespace())
                .withLabel(TrainyardApi.ROLE_LABEL, "environment")
                .withLabel(TrainyardApi.ENVIRONMENT_LABEL, environment)
                .list()
                .getItems()
                .stream())
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(pod ->
            Stream.concat(
                    pod.getStatus().getInitContainerStatuses().stream(),
                    pod.getStatus().getContainerStatuses().stream())
                .anyMatch(status ->
                    status.getName().equals(step) && status.getState().getRunning() != null))
        .findFirst();
  }

  private static Optional<String> environmentName(TrainingRun run) {
    return Optional.ofNullable(run.getStatus())
        .map(TrainingRunStatus::environment)
        .map(TrainingRunStatus.EnvironmentUse::name);
  }
}
