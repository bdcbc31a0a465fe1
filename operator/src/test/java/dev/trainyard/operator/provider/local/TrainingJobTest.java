package dev.trainyard.operator.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingJobTest {
  private static final String RUN =
      """
      source: {configMap: {name: code}}
      script: train.py
      arguments: [--alpha, "0.5"]
      resources: {memory: 1Gi}
      runConfiguration:
        maxRunDurationSeconds: 600
        environment:
          environmentVariables: {EXAMPLE: VALUE}
          python: {userManagedDependencies: true, interpreterPath: python3}
          docker: {shmSize: 64m, gpuSupport: true}
      """;
  private static final String TARGET =
      """
      type: local
      local:
        resources: {cpu: 500m, memory: 256Mi}
        gpuResource: amd.com/gpu
        nodeSelector: {pool: gpu}
        tolerations:
        - {key: dedicated, operator: Equal, value: training, effect: NoSchedule}
        - {operator: Exists}
        priorityClassName: batch
        queueName: team-queue
        volumes:
        - {name: token, mountPath: /mnt/token, secret: hub-token}
        - {name: data, mountPath: /mnt/data, persistentVolumeClaim: data, readOnly: true}
      """;

  /** {@code full-job.yaml} shows every field that a Job can have. */
  @ParameterizedTest
  @ValueSource(strings = {"full", "plain", "pytorch", "parameter-server", "mpi", "intel-mpi"})
  void theJobIsTheOneOnRecord(String name) throws IOException {
    Job job =
        switch (name) {
          case "full" -> TrainingJob.of(Requests.of(RUN, TARGET), settings("registry-login"));
          case "pytorch" -> nodes("framework: PyTorch, nodeCount: 2");
          case "parameter-server" ->
              nodes("communicator: ParameterServer, tensorflow: {workerCount: 2}");
          case "mpi" -> nodes("communicator: OpenMpi, nodeCount: 2, mpi: {processCountPerNode: 4}");
          case "intel-mpi" ->
              nodes("communicator: IntelMpi, nodeCount: 2, mpi: {processCountPerNode: 4}");
          default -> TrainingJob.of(plain(""), settings(""));
        };
    if (Boolean.getBoolean("trainyard.generate")) {
      Files.writeString(
          Path.of("src/test/resources/dev/trainyard/operator/provider/local", name + "-job.yaml"),
          Serialization.asYaml(job));
    }
    assertThat(Serialization.asYaml(job)).isEqualTo(recorded(name + "-job.yaml"));
  }

  private static Job nodes(String configuration) {
    return TrainingJob.of(
        Requests.of(
            """
            source: {configMap: {name: code}}
            script: train.py
            runConfiguration:
              {%s, environment: {python: {userManagedDependencies: true}}}
            """
                .formatted(configuration),
            "type: local"),
        settings(""));
  }

  @Test
  void theSameAttemptHasTheSameJob() {
    assertThat(TrainingJob.of(Requests.of(RUN, TARGET), settings("")))
        .isEqualTo(TrainingJob.of(Requests.of(RUN, TARGET), settings("")));
  }

  @Test
  void everyDollarSignIsDoubledSoThatTheKubeletExpandsNothing() {
    Container container =
        container(
            Requests.of(
                """
                source: {configMap: {name: code}}
                script: train.py
                arguments: ["$(HOME)", "$$(HOME)", "$", "5$"]
                runConfiguration: {environmentVariables: {A: "$(HOME) $$"}}
                """,
                "type: local"));
    assertThat(container.getCommand())
        .startsWith("/bin/sh", "-c")
        .endsWith("python", "train.py", "$$(HOME)", "$$$$(HOME)", "$$", "5$$");
    assertThat(variables(container)).containsEntry("A", "$$(HOME) $$$$");
  }

  @Test
  void theUsersVariablesGoBeforeOurs() {
    assertThat(
            variables(container(plain("runConfiguration: {environmentVariables: {HOME: /data}}"))))
        .containsEntry("HOME", "/data")
        .containsEntry("AZUREML_RUN_ID", "0f0f0f0f-1111-2222-3333-444444444444");
  }

  @Test
  void aRunsOwnResourcesGoBeforeTheTargetsOneByOne() {
    assertThat(container(Requests.of(RUN, TARGET)).getResources().getLimits())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "cpu", Quantity.parse("500m"),
                "memory", Quantity.parse("1Gi"),
                "amd.com/gpu", Quantity.parse("1")));
  }

  @Test
  void askingForNoGpuGoesBeforeTheImagesGpuSupport() {
    assertThat(
            container(
                    Requests.of(
                        """
                        source: {configMap: {name: code}}
                        script: train.py
                        resources: {gpu: 0}
                        runConfiguration: {environment: {docker: {gpuSupport: true}}}
                        """,
                        "type: local"))
                .getResources()
                .getLimits())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a.b.c", "0-9", "run-"})
  void aNameIsOneThatAJobMayHave(String start) {
    for (String name : List.of(start, (start + "x".repeat(253)).substring(0, 253))) {
      var run = new TrainingRun();
      run.setMetadata(
          new ObjectMetaBuilder()
              .withName(name)
              .withUid("0f0f0f0f-1111-2222-3333-444444444444")
              .build());
      assertThat(new RunAttempt(run, 101).name())
          .matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?")
          .endsWith("-0f0f0f0f-101")
          .hasSizeLessThanOrEqualTo(63);
    }
  }

  private static Settings settings(String registrySecret) {
    return Settings.from(
        Map.of(
            "TRAINYARD_REGISTRY_PUSH",
            "registry:5000",
            "TRAINYARD_BUILDER_IMAGE",
            "builder:1",
            "TRAINYARD_REGISTRY_SECRET",
            registrySecret));
  }

  private static RunRequest plain(String more) {
    String configuration = more.isEmpty() ? "runConfiguration: {}" : more;
    return Requests.of(
        "source: {configMap: {name: code}}\nscript: train.py\n" + configuration, "type: local");
  }

  private static Container container(RunRequest request) {
    return TrainingJob.of(request, settings(""))
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst();
  }

  private static Map<String, String> variables(Container container) {
    return container.getEnv().stream().collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
  }

  private static String recorded(String name) throws IOException {
    try (var file = Objects.requireNonNull(TrainingJobTest.class.getResourceAsStream(name), name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
