package dev.trainyard.testbed.install;

import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.RollableScalableResource;
import java.net.HttpURLConnection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** The operator as the chart runs it, which rests while another one takes its place. */
public final class DeployedOperator {
  private static final long PATIENCE_SECONDS = 120;
  private static final int MOST_CONFLICTS = 20;

  /** How many replicas there were before it rested, also for one who finds it resting. */
  private static final String REPLICAS = "trainyard.dev/replicas-before-rest";

  private final KubernetesClient client;

  public DeployedOperator(KubernetesClient client) {
    this.client = client;
  }

  /** Name of its Deployment and of its service account. */
  public static String name() {
    return Installation.RELEASE + "-operator";
  }

  /**
   * Its settings, as another operator that is the only one needs them.
   *
   * @throws TestbedException when it is not installed
   */
  public Map<String, String> settings() {
    var settings = new LinkedHashMap<String, String>();
    for (EnvVar variable :
        found().getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv()) {
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
    change(deployment -> {
      // One that rests already was left so by a process that was killed.
      if (deployment.getSpec().getReplicas() > 0) {
        deployment
            .getMetadata()
            .getAnnotations()
            .put(REPLICAS, Integer.toString(deployment.getSpec().getReplicas()));
      }
      deployment.getSpec().setReplicas(0);
      return deployment;
    });
    awaitGone();
  }

  private void awaitGone() {
    CompletableFuture<List<Pod>> gone =
        client
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withLabel("app.kubernetes.io/component", "operator")
            .informOnCondition(List::isEmpty);
    try {
      gone.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw new TestbedException(
          "The deployed operator's pods are still there after " + PATIENCE_SECONDS + " s.");
    } finally {
      gone.cancel(true);
    }
  }

  /** Starts as many replicas as there were and waits until they are ready. */
  public void resume() {
    wake();
    deployment().waitUntilReady(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Starts as many replicas as there were. */
  void wake() {
    change(deployment -> {
      String replicas = deployment.getMetadata().getAnnotations().remove(REPLICAS);
      if (replicas != null) {
        deployment.getSpec().setReplicas(Integer.parseInt(replicas));
      }
      return deployment;
    });
  }

  /** Sets an environment variable of it, or removes it with an empty value. */
  public void configure(String name, String value) {
    change(deployment -> {
      List<EnvVar> variables =
          deployment.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv();
      variables.removeIf(variable -> variable.getName().equals(name));
      if (!value.isEmpty()) {
        variables.add(new EnvVarBuilder().withName(name).withValue(value).build());
      }
      return deployment;
    });
  }

  /** The Deployment's controller writes to it at the same time. */
  private void change(UnaryOperator<Deployment> change) {
    for (int attempt = 1; ; attempt++) {
      try {
        deployment().edit(change);
        return;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == MOST_CONFLICTS) {
          throw e;
        }
      }
    }
  }

  /** What its pods are made of. */
  PodTemplateSpec template() {
    return found().getSpec().getTemplate();
  }

  private Deployment found() {
    Deployment deployment = deployment().get();
    if (deployment == null) {
      throw new TestbedException(
          "Trainyard is not installed in this cluster: there is no Deployment "
              + name()
              + " in the namespace "
              + Installation.NAMESPACE
              + ". Run `make install` first.");
    }
    return deployment;
  }

  private RollableScalableResource<Deployment> deployment() {
    return client.apps().deployments().inNamespace(Installation.NAMESPACE).withName(name());
  }
}
