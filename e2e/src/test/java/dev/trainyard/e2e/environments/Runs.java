package dev.trainyard.e2e.environments;

import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.e2e.runs.OperatorPod;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A namespace of its own, and runs in it with conda dependencies that a test writes. */
final class Runs implements AutoCloseable {
  private static final String SYSTEM = "trainyard-system";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final KubernetesClient client = new KubernetesClientBuilder().build();
  private final String namespace;

  Runs() {
    this("restricted");
  }

  /**
   * Makes the namespace.
   *
   * @param podSecurity level of Pod Security that it enforces
   */
  Runs(String podSecurity) {
    namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("environments-")
                    .addToLabels("pod-security.kubernetes.io/enforce", podSecurity)
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  KubernetesClient client() {
    return client;
  }

  String namespace() {
    return namespace;
  }

  /**
   * Makes a run.
   *
   * @param script what it executes
   * @param dependencies conda environment file, in YAML's flow style
   * @param further further fields of the configuration, in lines without indentation
   */
  void start(String name, String script, String dependencies, String... further) {
    create(name, script, "", "condaDependencies: " + dependencies, "", further);
  }

  /** Makes a run on a base image. */
  void startOn(String baseImage, String name, String script, String dependencies) {
    create(name, script, "", "condaDependencies: " + dependencies, "baseImage: " + baseImage);
  }

  /** Makes a run with a base image of its own, whose Dockerfile has \\n between its lines. */
  void startOnDockerfile(String name, String script, String dependencies, String dockerfile) {
    create(
        name,
        script,
        "",
        "condaDependencies: " + dependencies,
        "baseDockerfile: \"" + dockerfile + "\"");
  }

  /** Makes a run whose source has its dependencies in a file, in YAML's flow style. */
  void startWithFile(String name, String script, String dependencies) {
    create(
        name,
        script,
        ", conda.yml: \"" + dependencies + "\"",
        "condaDependenciesFile: ./conda.yml",
        "");
  }

  private void create(
      String name, String script, String files, String python, String docker, String... further) {
    String manifests =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %1$s}
        data: {train.py: "%2$s"%3$s}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: %1$s}
        spec:
          script: train.py
          source: {configMap: {name: %1$s}}
          resources: {cpu: 100m, memory: 256Mi}
          runConfiguration:
            %6$s
            environment:
              python: {userManagedDependencies: false, %4$s}
              docker: {enabled: true, shmSize: 16m, %5$s}
        """
            .formatted(name, script, files, python, docker, String.join("\n    ", further));
    apply(manifests);
  }

  /** Makes what manifests describe. */
  void apply(String manifests) {
    client
        .load(new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
  }

  TrainingRun get(String name) {
    return client.resources(TrainingRun.class).inNamespace(namespace).withName(name).get();
  }

  /** Waits until a run is over, and gives it. */
  TrainingRun over(String name) {
    await()
        .alias("the run " + name + " is over")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> isOver(get(name)));
    return get(name);
  }

  private static boolean isOver(TrainingRun run) {
    return run.getStatus() != null
        && run.getStatus().phase() != null
        && run.getStatus().phase().isTerminal();
  }

  /** The environment that a run uses. */
  Environment environment(TrainingRun run) {
    return client
        .resources(Environment.class)
        .inNamespace(namespace)
        .withName(Objects.requireNonNull(run.getStatus().environment(), "it got that far").name())
        .get();
  }

  /** The environment of that name as it is now; null when there is none. */
  @Nullable Environment environment(String name) {
    return client.resources(Environment.class).inNamespace(namespace).withName(name).get();
  }

  /** Deletes an environment and waits until it is gone. */
  void delete(Environment environment) {
    client.resource(environment).delete();
    client
        .resource(environment)
        .waitUntilCondition(found -> found == null, PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  List<Job> builds(Environment environment) {
    return client
        .batch()
        .v1()
        .jobs()
        .inNamespace(namespace)
        .withLabel(TrainyardApi.ENVIRONMENT_LABEL, environment.getMetadata().getName())
        .list()
        .getItems();
  }

  /** Jobs of the environment that are not over. */
  List<Job> unfinishedBuilds(Environment environment) {
    return builds(environment).stream()
        .filter(job -> job.getStatus().getCompletionTime() == null)
        .filter(job -> Objects.requireNonNullElse(job.getStatus().getFailed(), 0) == 0)
        .toList();
  }

  /** The environments of the namespace. */
  List<Environment> environments() {
    return client.resources(Environment.class).inNamespace(namespace).list().getItems();
  }

  /** The one environment of the namespace. */
  Environment onlyEnvironment() {
    List<Environment> all = environments();
    if (all.size() != 1) {
      throw new IllegalStateException("environments: " + all);
    }
    return all.getFirst();
  }

  /** Reference by tag of an environment's image, or with a suffix of what lies beside it. */
  String tag(Environment environment, String suffix) {
    return "localhost/trainyard/" + namespace + ":" + environment.getMetadata().getName() + suffix;
  }

  /** Ends the operator's pod at once, as a power cut does; another takes its place. */
  void killOperator() {
    client
        .pods()
        .inNamespace(SYSTEM)
        .withLabel("app.kubernetes.io/component", "operator")
        .withGracePeriod(0)
        .delete();
  }

  /** What the deployed operator said since it was started. */
  String operatorLog() {
    return client.apps().deployments().inNamespace(SYSTEM).withName("trainyard-operator").getLog();
  }

  /** A setting of the operator that is deployed. */
  String setting(String name) {
    return new OperatorPod(client).variable(name);
  }

  @Override
  public void close() {
    client.namespaces().withName(namespace).delete();
    client.close();
  }
}
