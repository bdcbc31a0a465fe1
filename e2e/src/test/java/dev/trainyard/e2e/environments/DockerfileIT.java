package dev.trainyard.e2e.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.e2e.faults.OperatorProcess;
import dev.trainyard.testbed.bare.BuildKitImage;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Dockerfiles, built by rootless BuildKit in pods, by an operator that is allowed to. */
@Isolated("takes the chart's operator away")
class DockerfileIT {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String DOCKERFILE =
      """
      FROM python:3.11-slim
      RUN echo %s > /greeting && id -u > /built-by && chown daemon /built-by
      """;

  /** A greeting that takes seconds to make, in which the build's pod is sure to be met. */
  private static final String LABORIOUS = "$(head -c 2000000000 /dev/zero | sha256sum)";

  private static OtherOperators operators;
  private static Map<String, String> settings;

  @BeforeAll
  static void begin() throws Exception {
    operators = new OtherOperators();
    Matcher mirror =
        Pattern.compile("docker\\.io=http://([^,/]+)")
            .matcher(operators.setting("TRAINYARD_REGISTRY_MIRRORS"));
    assumeThat(mirror.find()).as("the cluster has the testbed's public images").isTrue();
    settings =
        Map.of(
            "DOCKERFILE_IMAGE", BuildKitImage.provide(Path.of("..").toRealPath(), mirror.group(1)));
  }

  @AfterAll
  static void end() {
    operators.close();
  }

  @Test
  void aDockerfileIsBuiltOnceForAllScriptsAndAnotherTextIsAnotherImage() throws Exception {
    try (Runs runs = new Runs("privileged");
        OperatorProcess operator = operators.start(runs, settings)) {
      start(runs, "first", "hello", "print(open('/greeting').read(), open('/built-by').read())");
      TrainingRun first = runs.over("first");
      assertThat(first.getStatus().phase())
          .as("%s%n%s", first.getStatus(), operator.log())
          .isEqualTo(RunPhase.COMPLETED);
      assertThat(first.getStatus().lastLog()).contains("hello").contains("0");
      Environment environment = runs.environment(first);
      assertThat(environment.getStatus().buildPhases()).containsKey("dockerfile");
      assertThat(environment.getSpec().baseImage())
          .startsWith("docker.io/library/python:3.11-slim@sha256:");

      start(runs, "second", "hello", "print('another', open('/greeting').read())");
      assertThat(runs.over("second").getStatus().lastLog()).contains("another hello");
      assertThat(runs.builds(environment)).hasSize(1);
      assertThat(runs.environments()).hasSize(1);

      start(runs, "third", "good day", "print(open('/greeting').read())");
      assertThat(runs.over("third").getStatus().lastLog()).contains("good day");
      assertThat(runs.environments()).hasSize(2);
    }
  }

  @Test
  void theContextIsADirectoryOfTheSourceAndNothingElseOfTheSourceCounts() throws Exception {
    try (Runs runs = new Runs("privileged");
        OperatorProcess operator = operators.start(runs, settings)) {
      String volume = runs.namespace() + "-sources";
      try {
        write(runs, volume);
        copying(runs, "first");
        TrainingRun first = runs.over("first");
        assertThat(first.getStatus().lastLog())
            .as("%s%n%s", first.getStatus(), operator.log())
            .isEqualTo("first hello");
        copying(runs, "second");
        assertThat(runs.over("second").getStatus().lastLog()).isEqualTo("second hello");
        assertThat(runs.environments()).hasSize(1);
        copying(runs, "third");
        assertThat(runs.over("third").getStatus().lastLog()).isEqualTo("third good day");
        assertThat(runs.environments()).hasSize(2);
      } finally {
        runs.client().persistentVolumes().withName(volume).delete();
      }
    }
  }

  /** Three sources: the second has another script than the first, the third another context. */
  private static void write(Runs runs, String volume) {
    runs.apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s}
        spec:
          capacity: {storage: 1Mi}
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          hostPath: {path: /tmp}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: sources}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          resources: {requests: {storage: 1Mi}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: writer}
        spec:
          restartPolicy: Never
          securityContext: {runAsUser: 1000}
          containers:
          - name: writer
            image: python:3.11-slim
            command:
            - python3
            - -c
            - |
              import os
              for name, greeting in ("first", "hello"), ("second", "hello"), ("third", "good day"):
                  root = "/sources/%2$s/" + name
                  os.makedirs(root + "/docker")
                  open(root + "/docker/greeting", "w").write(greeting)
                  open(root + "/train.py", "w").write("print('%%s', open('/greeting').read())" %% name)
            volumeMounts: [{name: sources, mountPath: /sources}]
          volumes: [{name: sources, persistentVolumeClaim: {claimName: sources}}]
        """
            .formatted(volume, runs.namespace()));
    await()
        .atMost(PATIENCE)
        .until(() ->
            "Succeeded"
                .equals(
                    runs.client()
                        .pods()
                        .inNamespace(runs.namespace())
                        .withName("writer")
                        .get()
                        .getStatus()
                        .getPhase()));
  }

  private static void copying(Runs runs, String name) {
    runs.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: %1$s}
        spec:
          script: train.py
          source: {persistentVolumeClaim: {claimName: sources, path: %2$s/%1$s}}
          resources: {cpu: 100m, memory: 256Mi}
          runConfiguration:
            environment:
              python: {userManagedDependencies: true, interpreterPath: python3}
              docker:
                enabled: true
                shmSize: 16m
                baseDockerfile: "FROM python:3.11-slim\\nCOPY greeting /greeting"
                buildContext: {location: docker}
        """
            .formatted(name, runs.namespace()));
  }

  @Test
  void condaDependenciesComeOnTopOfADockerfile() throws Exception {
    try (Runs runs = new Runs("privileged");
        OperatorProcess operator = operators.start(runs, settings)) {
      runs.startOnDockerfile(
          "both",
          "import tabulate; print(tabulate.__version__, open('/made').read())",
          "{channels: [conda-forge], dependencies: [python=3.11, tabulate]}",
          "FROM python:3.11-slim\\nRUN echo base > /made");
      TrainingRun run = runs.over("both");
      assertThat(run.getStatus().phase())
          .as("%s%n%s", run.getStatus(), operator.log())
          .isEqualTo(RunPhase.COMPLETED);
      assertThat(run.getStatus().lastLog()).contains("0.9.0 base");
      assertThat(runs.environments()).hasSize(2);
    }
  }

  @Test
  void aStepThatFailsIsToldWithItsLastLinesAndNotTriedAgain() throws Exception {
    try (Runs runs = new Runs("privileged");
        OperatorProcess operator = operators.start(runs, settings)) {
      runs.startOnDockerfile(
          "fails",
          "print(1)",
          "{dependencies: [python=3.11]}",
          "FROM python:3.11-slim\\nRUN echo this went wrong && exit 7");
      TrainingRun run = runs.over("fails");
      assertThat(ready(run).getReason()).as(operator.log()).isEqualTo("DockerfileFailed");
      assertThat(ready(run).getMessage()).contains("this went wrong", "exit code: 7");
      assertThat(runs.environment(run).getStatus().failures()).isEqualTo(1);
    }
  }

  @Test
  void aBuildWhosePodIsDeletedIsMadeAgain() throws Exception {
    try (Runs runs = new Runs("privileged");
        OperatorProcess operator = operators.start(runs, settings)) {
      start(runs, "deleted", LABORIOUS, "print(open('/greeting').read())");
      Pod pod = new BuildPods(runs).running("deleted", "dockerfile");
      runs.client().resource(pod).withGracePeriod(0).delete();
      TrainingRun run = runs.over("deleted");
      assertThat(run.getStatus().phase()).as(operator.log()).isEqualTo(RunPhase.COMPLETED);
      assertThat(runs.environment(run).getStatus().build()).isEqualTo(2);
      assertThat(runs.unfinishedBuilds(runs.environment(run))).isEmpty();
    }
  }

  @Test
  void aNamespaceThatAllowsNoSuchPodSaysSo() throws Exception {
    try (Runs runs = new Runs("restricted");
        OperatorProcess operator = operators.start(runs, settings)) {
      start(runs, "refused", "hello", "print(1)");
      await()
          .alias(operator.log())
          .atMost(PATIENCE)
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(ready(runs.get("refused")).getMessage()).contains("PodSecurity"));
      assertThat(ready(runs.get("refused")).getReason()).isEqualTo("PodRefused");
    }
  }

  private static void start(Runs runs, String name, String greeting, String script) {
    runs.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %1$s}
        data: {train.py: "%2$s"}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: %1$s}
        spec:
          script: train.py
          source: {configMap: {name: %1$s}}
          resources: {cpu: 100m, memory: 256Mi}
          runConfiguration:
            environment:
              python: {userManagedDependencies: true, interpreterPath: python3}
              docker:
                enabled: true
                shmSize: 16m
                baseDockerfile: "%3$s"
        """
            .formatted(name, script, DOCKERFILE.formatted(greeting).replace("\n", "\\n")));
  }

  private static Condition ready(TrainingRun run) {
    return Objects.requireNonNull(run.getStatus()).conditions().stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .findFirst()
        .orElseThrow();
  }
}
