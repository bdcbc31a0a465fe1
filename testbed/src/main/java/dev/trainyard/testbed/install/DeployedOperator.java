package dev.trainyard.testbed.install;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The operator as the chart runs it, which rests while another one takes its place. */
public final class DeployedOperator {
  private static final long PATIENCE_SECONDS = 120;

  private final KubernetesClient client;

  public DeployedOperator(KubernetesClient client) {
    this.client = client;
  }

  /** Name of its Deployment and of its service account. */
  public static String name() {
    return Installation.RELEASE + "-operator";
  }

  /** Its settings, as another operator that is the only one needs them. */
  public Map<String, String> settings() {
    var settings = new LinkedHashMap<String, String>();
    for (EnvVar variable :
        deployment().get().getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv()) {
      if (variable.getValue() != null) {
        settings.put(variable.getName(), variable.getValue());
      }
    }
    settings.remove("TRAINYARD_LEASE_NAMESPACE");
    settings.put("TRAINYARD_HTTP_PORT", "0");
    return settings;
  }

  /** Ends its pods and waits until they are gone. */
  public void rest() {
    deployment().scale(0);
    client
        .pods()
        .inNamespace(Installation.NAMESPACE)
        .withLabel("app.kubernetes.io/component", "operator")
        .waitUntilCondition(pod -> pod == null, PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Starts it again and waits until it is ready. */
  public void resume() {
    deployment().scale(1);
    deployment().waitUntilReady(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private RollableScalableResource<Deployment> deployment() {
    return client.apps().deployments().inNamespace(Installation.NAMESPACE).withName(name());
  }
}
