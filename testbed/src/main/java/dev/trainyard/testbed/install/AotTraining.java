package dev.trainyard.testbed.install;

import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientTimeoutException;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Lets the operator's image carry one run through in the cluster while its Java virtual machine
 * records which classes it loads and which methods it runs, and gives the AOT cache that follows
 * from it. The same image, in the same paths, is where the cache fits.
 */
final class AotTraining {
  private static final String NAME = "trainyard-aot-training";
  private static final String FOLDER = "/tmp/aot";
  private static final String CACHE = FOLDER + "/operator.aot";

  /** Starts the operator, waits for its end, which writes the cache, and stays to hand it over. */
  private static final String SCRIPT =
      "mkdir %1$s; \"$@\" & echo $! > %1$s/pid; wait $!; touch %1$s/ended; exec sleep 600"
          .formatted(FOLDER);

  private static final long RUN_SECONDS = 90;
  private static final long STEP_SECONDS = 240;

  private final KubernetesClient client;

  AotTraining(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Trains.
   *
   * @param template of the deployed operator's pods, which rest meanwhile
   * @param image with its tag, as nodes name it
   * @param entrypoint of the image
   * @param target file for the cache
   * @throws TestbedException when the training does not come to its end
   */
  void train(PodTemplateSpec template, String image, List<String> entrypoint, Path target)
      throws IOException {
    String namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("aot-training-")
                    .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
    PodResource pod = client.pods().inNamespace(Installation.NAMESPACE).withName(NAME);
    try {
      delete(pod);
      client
          .resource(pod(template.getSpec(), image, entrypoint, namespace))
          .inNamespace(Installation.NAMESPACE)
          .create();
      await(pod, "is not ready", AotTraining::isReady);
      carryARunThrough(namespace, image);
      end(pod);
      try (OutputStream out = Files.newOutputStream(target)) {
        execute(pod, out, "cat", CACHE);
      }
    } catch (CompletionException e) {
      throw new TestbedException("the training's pod did not answer in time: " + e.getMessage());
    } finally {
      client.namespaces().withName(namespace).delete();
      delete(pod);
    }
  }

  private Pod pod(PodSpec deployed, String image, List<String> entrypoint, String namespace) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(NAME)
            .withNamespace(Installation.NAMESPACE)
            .endMetadata()
            .withSpec(deployed)
            .build();
    var command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", entrypoint.getFirst()));
    command.add("-XX:AOTCacheOutput=" + CACHE);
    command.addAll(entrypoint.subList(1, entrypoint.size()));
    Container operator = pod.getSpec().getContainers().getFirst();
    operator.setImage(image);
    operator.setCommand(command);
    operator.setStartupProbe(null);
    operator.setLivenessProbe(null);
    operator.getResources().setLimits(Map.of("memory", new Quantity("1Gi")));
    operator.getEnv().removeIf(variable -> variable.getName().equals("TRAINYARD_WATCH_NAMESPACES"));
    operator
        .getEnv()
        .add(
            new EnvVarBuilder()
                .withName("TRAINYARD_WATCH_NAMESPACES")
                .withValue(namespace)
                .build());
    pod.getSpec().setRestartPolicy("Never");
    pod.getSpec().setTopologySpreadConstraints(List.of());
    pod.getSpec().setTerminationGracePeriodSeconds(1L);
    return pod;
  }

  /** The base is the operator's own image, which is there; it has no Python, but it has `cat`. */
  private void carryARunThrough(String namespace, String image) {
    String manifests =
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: training}
        data: {train.py: "loss: 0.5"}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: training}
        spec: {type: local, local: {resources: {cpu: 10m, memory: 32Mi}}}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: training}
        spec:
          script: train.py
          target: training
          environment:
            python: {userManagedDependencies: true, interpreterPath: cat}
            docker: {baseImage: "%s", shmSize: 16m}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: training}
        spec:
          runConfigurationRef: {name: training}
          source: {configMap: {name: training}}
        """
            .formatted(image);
    client
        .load(new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
    try {
      client
          .genericKubernetesResources("trainyard.dev/v1alpha1", "TrainingRun")
          .inNamespace(namespace)
          .withName("training")
          .waitUntilCondition(
              run -> run != null && run.get("status", "endTime") != null,
              RUN_SECONDS,
              TimeUnit.SECONDS);
    } catch (KubernetesClientTimeoutException e) {
      // What it did until here is training too.
      return;
    }
  }

  private static boolean isReady(Pod pod) {
    return pod != null
        && pod.getStatus().getContainerStatuses().stream()
            .anyMatch(status -> Boolean.TRUE.equals(status.getReady()));
  }

  private static void await(PodResource pod, String otherwise, Predicate<Pod> condition) {
    try {
      pod.waitUntilCondition(condition, STEP_SECONDS, TimeUnit.SECONDS);
    } catch (KubernetesClientTimeoutException e) {
      throw new TestbedException(
          "the training's pod " + otherwise + " after " + STEP_SECONDS + " s");
    }
  }

  private static void delete(PodResource pod) {
    pod.withGracePeriod(0).delete();
    await(pod, "is still there", found -> found == null);
  }

  /** The cache is written while the virtual machine ends. */
  private static void end(PodResource pod) {
    String words =
        "kill $(cat %1$s/pid); until [ -f %1$s/ended ]; do sleep 0.2; done".formatted(FOLDER);
    execute(pod, OutputStream.nullOutputStream(), "sh", "-c", words);
  }

  private static void execute(PodResource pod, OutputStream out, String... words) {
    try (ExecWatch exec = pod.writingOutput(out).exec(words)) {
      int code = exec.exitCode().orTimeout(STEP_SECONDS, TimeUnit.SECONDS).join();
      if (code != 0) {
        throw new TestbedException(
            "`" + String.join(" ", words) + "` ended with " + code + " in the training's pod");
      }
    }
  }
}
