package dev.trainyard.operator.environment;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Tells from a build's Job and pod how far it is, or why it did not work. */
final class BuildObserver {
  private final BuildLog log;
  private final BuildFailures failures;

  BuildObserver(BuildLog log, BuildFailures failures) {
    this.log = log;
    this.failures = failures;
  }

  /**
   * Observes.
   *
   * @param pods pods of the environment, of this or an earlier build
   */
  BuildObservation observe(Optional<Job> job, Stream<Pod> pods) {
    if (job.isEmpty()) {
      return new BuildObservation.Absent();
    }
    Optional<Pod> pod = pods.filter(p -> p.hasOwnerReferenceFor(job.get())).findFirst();
    Optional<JobCondition> over = finished(job.get());
    if (over.isPresent()) {
      return over.get().getType().equals("Complete")
          ? new BuildObservation.Succeeded(pod.map(BuildPhases::of).orElseGet(Map::of))
          : failures.of(over.get(), pod);
    }
    if (isEnding(job.get())) {
      return new BuildObservation.Ending();
    }
    return pod.map(this::underWay)
        .or(() -> log.refusal(job.get()).map(BuildObservation.Refused::new))
        .orElseGet(() -> new BuildObservation.UnderWay("waiting for the build's pod"));
  }

  private static Optional<JobCondition> finished(Job job) {
    return job.getStatus() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(condition -> "True".equals(condition.getStatus()))
            .filter(condition ->
                condition.getType().equals("Complete") || condition.getType().equals("Failed"))
            .findFirst();
  }

  /** Whether the Job controller has given it up and waits for its pod to go. */
  private static boolean isEnding(Job job) {
    return job.getStatus() != null
        && job.getStatus().getConditions().stream()
            .anyMatch(condition ->
                condition.getType().equals("FailureTarget")
                    && "True".equals(condition.getStatus()));
  }

  private BuildObservation underWay(Pod pod) {
    Optional<String> unschedulable = unschedulable(pod);
    if (unschedulable.isPresent()) {
      return new BuildObservation.UnderWay("queued: " + unschedulable.get());
    }
    for (BuildStep step : steps(pod)) {
      Optional<ContainerStatus> status = status(pod, step);
      if (status.isEmpty()) {
        return new BuildObservation.UnderWay("queued");
      }
      Optional<ContainerStateTerminated> end = terminated(status.get());
      if (end.isEmpty()) {
        return new BuildObservation.UnderWay(activity(pod, step, status.get()));
      }
      if (end.get().getExitCode() != 0) {
        return new BuildObservation.Ending();
      }
    }
    return new BuildObservation.UnderWay("pushed");
  }

  private static List<BuildStep> steps(Pod pod) {
    return BuildStep.among(
        Stream.concat(
                pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream())
            .map(Container::getName));
  }

  private String activity(Pod pod, BuildStep step, ContainerStatus status) {
    ContainerStateWaiting waiting =
        status.getState() == null ? null : status.getState().getWaiting();
    if (waiting == null) {
      return log.progress(pod, step).orElse(step.activity());
    }
    return switch (Objects.requireNonNullElse(waiting.getReason(), "")) {
      case "ErrImagePull", "ImagePullBackOff", "InvalidImageName" ->
          "the node cannot pull the image of the step "
              + step.container()
              + ": "
              + Objects.requireNonNullElse(waiting.getMessage(), status.getImage());
      default -> "pulling the image of the step " + step.container();
    };
  }

  private static Optional<String> unschedulable(Pod pod) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals("PodScheduled") && "False".equals(c.getStatus()))
            .map(PodCondition::getMessage)
            .filter(Objects::nonNull)
            .findFirst();
  }

  /** The status of a step's container, if the kubelet wrote one. */
  static Optional<ContainerStatus> status(Pod pod, BuildStep step) {
    return pod.getStatus() == null
        ? Optional.empty()
        : Stream.concat(
                pod.getStatus().getInitContainerStatuses().stream(),
                pod.getStatus().getContainerStatuses().stream())
            .filter(status -> status.getName().equals(step.container()))
            .findFirst();
  }

  static Optional<ContainerStateTerminated> terminated(ContainerStatus status) {
    return status.getState() == null
        ? Optional.empty()
        : Optional.ofNullable(status.getState().getTerminated());
  }
}
