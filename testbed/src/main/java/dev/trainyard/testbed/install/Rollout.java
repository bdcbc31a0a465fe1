package dev.trainyard.testbed.install;

import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Waits until a Deployment runs what was last asked of it, and says what keeps its pods. */
final class Rollout {
  private static final int MOST_RESTARTS = 3;
  private static final int LOG_LINES = 15;
  private static final long LOOK_EVERY_SECONDS = 2;

  private final KubernetesClient client;
  private final String namespace;
  private final Progress progress;

  Rollout(KubernetesClient client, String namespace, Progress progress) {
    this.client = client;
    this.namespace = namespace;
    this.progress = progress;
  }

  /**
   * Waits.
   *
   * @throws TestbedException when a container keeps ending, or after the given seconds
   */
  void await(String name, long seconds) {
    var told = new AtomicReference<>("");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!isDone(name, LOOK_EVERY_SECONDS)) {
      if (isHopeless(name, told)) {
        throw failed(name, "does not come up");
      }
      if (System.nanoTime() > end) {
        throw failed(name, "is not ready after " + seconds + " s");
      }
    }
  }

  private boolean isDone(String name, long withinSeconds) {
    try {
      client
          .apps()
          .deployments()
          .inNamespace(namespace)
          .withName(name)
          .waitUntilCondition(Rollout::isDone, withinSeconds, TimeUnit.SECONDS);
      return true;
    } catch (KubernetesClientTimeoutException e) {
      return false;
    }
  }

  private static boolean isDone(Deployment deployment) {
    return deployment != null
        && deployment.getStatus() != null
        && deployment
            .getMetadata()
            .getGeneration()
            .equals(deployment.getStatus().getObservedGeneration())
        && deployment.getSpec().getReplicas().equals(deployment.getStatus().getUpdatedReplicas())
        && deployment.getSpec().getReplicas().equals(deployment.getStatus().getReadyReplicas())
        && deployment.getSpec().getReplicas().equals(deployment.getStatus().getReplicas());
  }

  private boolean isHopeless(String name, AtomicReference<String> told) {
    Optional<Pod> pod = troubled(name);
    pod.flatMap(Rollout::trouble)
        .filter(text -> !text.equals(told.getAndSet(text)))
        .ifPresent(text -> progress.say("  " + name + ": " + text));
    return pod.stream()
        .flatMap(p -> p.getStatus().getContainerStatuses().stream())
        .anyMatch(status -> status.getRestartCount() >= MOST_RESTARTS);
  }

  private Optional<Pod> troubled(String name) {
    return client.pods().inNamespace(namespace).list().getItems().stream()
        .filter(pod -> pod.getMetadata().getName().startsWith(name + "-"))
        .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
        .filter(pod -> trouble(pod).isPresent())
        .findFirst();
  }

  private static Optional<String> trouble(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .map(ContainerStatus::getState)
        .filter(Objects::nonNull)
        .map(state -> state.getWaiting())
        .filter(Objects::nonNull)
        .filter(waiting -> !"ContainerCreating".equals(waiting.getReason()))
        .map(Rollout::text)
        .findFirst();
  }

  private static String text(ContainerStateWaiting waiting) {
    return waiting.getMessage() == null
        ? waiting.getReason()
        : waiting.getReason() + ": " + waiting.getMessage();
  }

  private TestbedException failed(String name, String what) {
    String pod = troubled(name).map(p -> p.getMetadata().getName()).orElse("");
    return new TestbedException(
        "The Deployment "
            + name
            + " "
            + what
            + ". "
            + troubled(name).flatMap(Rollout::trouble).orElse("No pod of it says why.")
            + log(pod));
  }

  private String log(String pod) {
    if (pod.isEmpty()) {
      return "";
    }
    try {
      return "\nIts last lines:\n"
          + client
              .pods()
              .inNamespace(namespace)
              .withName(pod)
              .terminated()
              .tailingLines(LOG_LINES)
              .getLog();
    } catch (KubernetesClientException e) {
      return "";
    }
  }
}
