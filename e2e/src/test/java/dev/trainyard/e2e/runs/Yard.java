package dev.trainyard.e2e.runs;

import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A namespace of a test class, under Pod Security "restricted", in the cluster that the chart is
 * installed in. What is applied goes into this namespace.
 */
public final class Yard implements AutoCloseable {
  private final KubernetesClient client;
  private final String namespace;
  private final OperatorPod operator;

  public Yard(String name) {
    if (System.getenv("KUBECONFIG") == null) {
      throw new IllegalStateException(
          "These tests need a cluster with the chart: run `make install` and set KUBECONFIG to what"
              + " it prints");
    }
    client = new KubernetesClientBuilder().build();
    operator = new OperatorPod(client);
    namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName(name + "-")
                    .withLabels(Map.of("pod-security.kubernetes.io/enforce", "restricted"))
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  /** Deletes the namespace and everything in it. */
  @Override
  public void close() {
    client.namespaces().withName(namespace).delete();
    client.close();
  }

  /** Tells a story in a namespace of its own, for what would disturb the others. */
  public static void withNamespace(String name, Consumer<Yard> story) {
    try (var yard = new Yard(name)) {
      story.accept(yard);
    }
  }

  public KubernetesClient client() {
    return client;
  }

  public String namespace() {
    return namespace;
  }

  public OperatorPod operator() {
    return operator;
  }

  /** Applies every document of the YAML text, as `kubectl apply --server-side` does. */
  public List<HasMetadata> apply(String yaml) {
    return client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .stream()
        .map(item -> client.resource(item).inNamespace(namespace).serverSideApply())
        .toList();
  }

  /**
   * Creates every document of the YAML text, as `kubectl apply` without --server-side does. Unlike
   * server-side apply it lets the API server drop the nulls that the Azure ML SDK writes.
   */
  public void create(String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(item -> client.resource(item).inNamespace(namespace).create());
  }

  /** Makes the ConfigMap of that name, with one file. */
  public void source(String name, String file, String content) {
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .addToData(file, content)
                .build())
        .serverSideApply();
  }

  /** Makes the Secret of that name, or gives it other content. */
  public void secret(String name, Map<String, String> content) {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .endMetadata()
                .withStringData(content)
                .build())
        .serverSideApply();
  }

  /** Makes the TrainingRun of that name. */
  public Run run(String name, String spec) {
    apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: %s}
        spec:
        """
                .formatted(name)
            + spec.strip().indent(2));
    return find(name);
  }

  /** Makes a run of that name in the default base image, whose source is that script. */
  public Run runOf(String name, String script) {
    return runOf(name, script, "");
  }

  /**
   * As {@link #runOf(String, String)}, with further lines of the run's spec; those that are
   * indented belong to its inline run configuration.
   */
  public Run runOf(String name, String script, String more) {
    source(name, "train.py", script);
    return run(
        name,
        """
        script: train.py
        source: {configMap: {name: %s}}
        runConfiguration:
          environment: {python: {userManagedDependencies: true}, docker: {shmSize: 16m}}
        """
                .formatted(name)
            + more);
  }

  public void deleteConfiguration(String name) {
    client.resources(RunConfiguration.class).inNamespace(namespace).withName(name).delete();
  }

  /** The run of that name. */
  public Run find(String name) {
    return new Run(this, client.resources(TrainingRun.class).inNamespace(namespace).withName(name));
  }
}
