package dev.trainyard.e2e.runs;

import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** The chart's deployments, for tests that take them away and bring them back. */
public final class OperatorPod {
  private static final Duration ROLLOUT = Duration.ofSeconds(90);

  private final KubernetesClient client;

  public OperatorPod(KubernetesClient client) {
    this.client = client;
  }

  /** The end of the operator's log. */
  public String logTail(int lines) {
    return pods(Installation.RELEASE + "-operator").stream()
        .map(pod -> {
          try {
            return client.pods().resource(pod).tailingLines(lines).getLog();
          } catch (KubernetesClientException e) {
            return "(no log of " + pod.getMetadata().getName() + ": " + e.getMessage() + ")";
          }
        })
        .collect(Collectors.joining("\n"));
  }

  /** Ends the operator's processes at once, as a power cut does; the deployment starts another. */
  public void kill() {
    List<Pod> pods = pods(Installation.RELEASE + "-operator");
    pods.forEach(pod -> client.pods().resource(pod).withGracePeriod(0).delete());
    awaitReady(deployment("operator"), pods);
  }

  public void scaleToNothing(String component) {
    deployment(component).scale(0);
    Awaitility.await("the pods of " + component + " are gone")
        .atMost(ROLLOUT)
        .until(() -> pods(Installation.RELEASE + "-" + component).isEmpty());
  }

  public void scaleBack(String component) {
    deployment(component).scale(1);
    awaitReady(deployment(component), List.of());
  }

  /** Sets environment variables of the operator, and waits until it runs with them. */
  public void configure(Map<String, String> variables) {
    List<Pod> before = pods(Installation.RELEASE + "-operator");
    deployment("operator")
        .edit(deployment -> {
          var container = deployment.getSpec().getTemplate().getSpec().getContainers().getFirst();
          variables.forEach((name, value) -> {
            container.getEnv().removeIf(variable -> variable.getName().equals(name));
            container.getEnv().add(new EnvVarBuilder().withName(name).withValue(value).build());
          });
          return deployment;
        });
    awaitReady(deployment("operator"), before);
  }

  /** The value of one of the operator's environment variables; empty when it has none. */
  public String variable(String name) {
    return deployment("operator")
        .get()
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst()
        .getEnv()
        .stream()
        .filter(variable -> variable.getName().equals(name))
        .map(variable -> variable.getValue() == null ? "" : variable.getValue())
        .findFirst()
        .orElse("");
  }

  private void awaitReady(RollableScalableResource<?> deployment, List<Pod> before) {
    Awaitility.await("the deployment is back")
        .atMost(ROLLOUT)
        .until(() -> deployment.isReady() && arePastAndGone(before));
  }

  private boolean arePastAndGone(List<Pod> before) {
    return before.stream().noneMatch(pod -> client.pods().resource(pod).get() != null);
  }

  private RollableScalableResource<Deployment> deployment(String component) {
    return client
        .apps()
        .deployments()
        .inNamespace(Installation.NAMESPACE)
        .withName(Installation.RELEASE + "-" + component);
  }

  private List<Pod> pods(String deployment) {
    return client
        .pods()
        .inNamespace(Installation.NAMESPACE)
        .withLabel(
            "app.kubernetes.io/component", deployment.substring(deployment.lastIndexOf('-') + 1))
        .list()
        .getItems();
  }
}
