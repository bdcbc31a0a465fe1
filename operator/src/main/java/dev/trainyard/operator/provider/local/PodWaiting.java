package dev.trainyard.operator.provider.local;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Reads from a pod whose script does not run yet what it waits for. Pure. */
final class PodWaiting {
  private static final Set<String> PULL_TROUBLE =
      Set.of("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull");
  private static final Set<String> CREATION_TROUBLE =
      Set.of(
          "CreateContainerConfigError",
          "CreateContainerError",
          "RunContainerError",
          "CreatePodSandboxError");

  private PodWaiting() {}

  /**
   * Says why.
   *
   * @param script what the script's container waits for, where the kubelet says so
   */
  static RunObservation of(Pod pod, Optional<ContainerStateWaiting> script) {
    Optional<ContainerStateWaiting> waiting = troubled(pod).or(() -> script);
    String reason = waiting.map(w -> PodDiagnosis.or(w.getReason(), "")).orElse("");
    String message = waiting.map(w -> PodDiagnosis.or(w.getMessage(), "")).orElse("");
    if (PULL_TROUBLE.contains(reason)) {
      return new RunObservation.Waiting(
          Reason.IMAGE_PULL_FAILED,
          "The node cannot pull the run's image: " + PodDiagnosis.sentence(message));
    }
    if (CREATION_TROUBLE.contains(reason)) {
      return new RunObservation.Waiting(
          Reason.CONTAINER_CREATION_FAILED,
          "The node cannot make the container: " + PodDiagnosis.sentence(message));
    }
    return unscheduled(pod)
        .<RunObservation>map(condition ->
            new RunObservation.Waiting(
                Reason.UNSCHEDULABLE,
                "No node takes the pod: "
                    + PodDiagnosis.sentence(condition.getMessage())
                    + " Check the resources, nodeSelector and tolerations of run and target."))
        .orElseGet(() ->
            new RunObservation.Waiting(
                Reason.QUEUED,
                "The pod "
                    + pod.getMetadata().getName()
                    + (pod.getSpec().getNodeName() == null
                        ? " waits for a node."
                        : " is being started on node " + pod.getSpec().getNodeName() + ".")));
  }

  /** An init container that cannot be made keeps the script's container from being looked at. */
  private static Optional<ContainerStateWaiting> troubled(Pod pod) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getInitContainerStatuses().stream()
            .map(status -> status.getState() == null ? null : status.getState().getWaiting())
            .filter(Objects::nonNull)
            .filter(waiting ->
                PULL_TROUBLE.contains(PodDiagnosis.or(waiting.getReason(), ""))
                    || CREATION_TROUBLE.contains(PodDiagnosis.or(waiting.getReason(), "")))
            .findFirst();
  }

  private static Optional<PodCondition> unscheduled(Pod pod) {
    if (pod.getStatus() == null) {
      return Optional.empty();
    }
    return pod.getStatus().getConditions().stream()
        .filter(c -> c.getType().equals("PodScheduled") && c.getStatus().equals("False"))
        .filter(c -> "Unschedulable".equals(c.getReason()))
        .findFirst();
  }
}
