package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.e2e.runs.StoredHistory;
import dev.trainyard.testbed.machine.Machine;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What runs print and write on machines is kept as it is on the cluster, however they ended. */
@OnMachines
class MachineHistoryIT {
  private final MachineYard machines;
  private final Machine one;
  private final StoredHistory history;

  MachineHistoryIT(MachineYard machines) {
    this.machines = machines;
    this.one = machines.machine("one");
    this.history = new StoredHistory(machines.yard());
    machines.attached("one", one);
    machines
        .yard()
        .apply(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: ComputeTarget
            metadata: {name: cluster}
            spec: {type: local}
            """);
  }

  @Test
  void logOutputsAndMetricsAreTheSameOnTheClusterAndOnAMachineWithAndWithoutDocker() {
    String script =
        """
        import json, os
        print("grüße", 1)
        print("Attempted to log scalar metric loss:")
        print(0.5)
        os.makedirs("outputs/model")
        open("outputs/model/weights", "w").write("0.5")
        open("outputs/model/n" + "x" * 200, "w").write("long")
        os.link("outputs/model/weights", "outputs/model/hard")
        os.symlink("model/weights", "outputs/latest")
        open("logs/events", "w").write("events")
        open("data/watched/table", "w").write("1,2")
        store = "mlruns/0/0123456789abcdef/metrics"
        os.makedirs(store)
        open(store + "/accuracy", "w").write("1700000000000 0.5 0\\n1700000001000 0.75 1\\n")
        json.dump({"rmse": 1.25, "test": {"f1": 0.5}}, open("outputs/metrics.json", "w"))
        """;
    String watched = "  history: {directoriesToWatch: [data/watched]}";
    Run cluster = machines.docker("left-cluster", "cluster", script, watched);
    Run docker = machines.docker("left", "one", script, watched);
    Run bare = machines.bare("left-bare", "one", script, watched);
    TrainingRunStatus expected = cluster.awaitEnd(RunPhase.COMPLETED);
    for (Run run : List.of(docker, bare)) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(status.metrics())
          .as(run::report)
          .isEqualTo(expected.metrics())
          .containsKeys("loss", "accuracy", "rmse", "test.f1");
      assertThat(layers(status)).as(run::report).isEqualTo(layers(expected));
      for (String directory : List.of("outputs", "logs", "mlruns", "data/watched")) {
        assertThat(new TreeMap<>(history.tree(status.outputs(), directory)))
            .isEqualTo(new TreeMap<>(history.tree(expected.outputs(), directory)));
      }
      assertThat(history.text(status.outputs(), "metrics.jsonl"))
          .isEqualTo(history.text(expected.outputs(), "metrics.jsonl"));
      assertThat(history.text(status.log(), "train.log"))
          .isEqualTo(history.text(expected.log(), "train.log"));
      assertThat(run.condition("HistoryStored")).map(Condition::getStatus).hasValue("True");
      assertThat(Objects.requireNonNull(status.outputs()).files())
          .isEqualTo(Objects.requireNonNull(expected.outputs()).files());
    }
    assertThat(history.manifest(Objects.requireNonNull(docker.status().outputs())).path("subject"))
        .as("the run image, which is the same")
        .isEqualTo(history.manifest(Objects.requireNonNull(expected.outputs())).path("subject"));
  }

  @Test
  void aScriptThatFailsKeepsWhatItWroteUntilThen() {
    String script =
        "print('about to fail')\nopen('outputs/checkpoint', 'w').write('step 3')\nexit(3)";
    for (Run run :
        List.of(
            machines.docker("failed", "one", script),
            machines.bare("failed-bare", "one", script))) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
      assertThat(run.reason()).as(run::report).isEqualTo("ScriptFailed");
      assertThat(history.text(status.log(), "train.log")).isEqualTo("about to fail\n");
      assertThat(history.file(status.outputs(), "outputs", "outputs/checkpoint"))
          .isEqualTo("step 3");
    }
  }

  @Test
  void aCanceledScriptKeepsWhatItWroteAlsoWhileItWasBeingEnded() {
    String script =
        """
        import signal, sys, time
        def save(number, frame):
            open("outputs/checkpoint", "w").write("saved on SIGTERM")
            print("saved")
            sys.exit(0)
        signal.signal(signal.SIGTERM, save)
        open("/tmp/%1$s", "w").close()
        print("begun")
        time.sleep(600)
        """;
    String latch = machines.yard().namespace();
    Run docker = machines.docker("canceled", "one", script.formatted("begun-" + latch));
    Run bare = machines.bare("canceled-bare", "one", script.formatted("bare-" + latch));
    docker.awaitRunning();
    bare.awaitRunning();
    String container = docker.attempts().getLast().backendId();
    Awaitility.await("both have begun")
        .until(() ->
            on(
                        one,
                        "docker exec %s ls /tmp/begun-%s && ls /tmp/bare-%s || true"
                            .formatted(container, latch, latch))
                    .lines()
                    .count()
                == 2);
    for (Run run : List.of(docker, bare)) {
      run.cancel();
      TrainingRunStatus status = run.awaitEnd(RunPhase.CANCELED);
      assertThat(history.text(status.log(), "train.log"))
          .as(run::report)
          .isEqualTo("begun\nsaved\n");
      assertThat(history.file(status.outputs(), "outputs", "outputs/checkpoint"))
          .isEqualTo("saved on SIGTERM");
    }
  }

  @Test
  void aScriptThatTakesTooLongKeepsWhatItWrote() {
    String script =
        "import time\nopen('outputs/checkpoint', 'w').write('in time')\nprint('begun')\ntime.sleep(600)";
    String deadline = "  maxRunDurationSeconds: 5";
    for (Run run :
        List.of(
            machines.docker("too-long", "one", script, deadline),
            machines.bare("too-long-bare", "one", script, deadline))) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
      assertThat(run.reason()).as(run::report).isEqualTo("DeadlineExceeded");
      assertThat(history.text(status.log(), "train.log")).as(run::report).isEqualTo("begun\n");
      assertThat(history.file(status.outputs(), "outputs", "outputs/checkpoint"))
          .isEqualTo("in time");
    }
  }

  @Test
  void linksAndSpecialFilesDoNotLeadOutAndAreNamed() {
    String script =
        """
        import os, socket
        os.rmdir("logs")
        os.symlink("/etc", "logs")
        os.chdir("outputs")
        open("model", "w").write("model")
        os.symlink("model", "latest")
        os.symlink("/etc/passwd", "absolute")
        os.symlink("../../train.py", "climbing")
        os.symlink("loop", "loop")
        os.mkfifo("pipe")
        socket.socket(socket.AF_UNIX).bind("socket")
        open("ünï 学習\\n$(id) `id` 'quoted'", "w").write("name")
        """;
    for (Run run :
        List.of(
            machines.docker("hostile", "one", script),
            machines.bare("hostile-bare", "one", script))) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      Map<String, String> tree = history.tree(status.outputs(), "outputs");
      assertThat(tree)
          .containsEntry("outputs/model", "5")
          .containsEntry("outputs/latest", "-> model")
          .containsEntry("outputs/ünï 学習\n$(id) `id` 'quoted'", "4")
          .doesNotContainKeys(
              "outputs/absolute", "outputs/climbing", "outputs/pipe", "outputs/socket");
      assertThat(history.tree(status.outputs(), "logs")).containsOnlyKeys("logs/");
      assertThat(run.condition("HistoryStored"))
          .map(Condition::getMessage)
          .hasValueSatisfying(message ->
              assertThat(message)
                  .contains("outputs/absolute is a link that leads out", "/etc/passwd")
                  .contains("outputs/pipe is neither a file, a directory nor a link")
                  .contains("logs/ is not a directory any more"));
    }
  }

  @Test
  void largeFilesAndLongLogsAreStreamedAndKeptWhole() {
    String script =
        """
        import random
        generator = random.Random(1)
        with open("outputs/weights", "wb") as weights:
            for _ in range(200):
                weights.write(generator.randbytes(1 << 20))
        for line in range(200_000):
            print("line", line, "x" * 80)
        """;
    for (Run run :
        List.of(
            machines.docker("large", "one", script), machines.bare("large-bare", "one", script))) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(history.tree(status.outputs(), "outputs"))
          .containsEntry("outputs/weights", Long.toString(200L << 20));
      assertThat(history.text(status.log(), "train.log").lines())
          .as("all of it, though it is larger than what used to be kept")
          .hasSize(200_000)
          .first()
          .asString()
          .startsWith("line 0 ");
    }
  }

  @Test
  void aRunWithoutOutputCollectionHasItsLogOnly() {
    String script = "import os\nprint(sorted(os.listdir('.')))";
    String off = "  history: {outputCollection: false}";
    for (Run run :
        List.of(
            machines.docker("log-only", "one", script, off),
            machines.bare("log-only-bare", "one", script, off))) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(status.outputs()).as(run::report).isNull();
      assertThat(history.text(status.log(), "train.log")).isEqualTo("['train.py']\n");
    }
  }

  @Test
  void aScriptTellsHowFarItIsWhileItRuns() {
    String script =
        "import time\nprint('trainyard: progress 40% of it', flush=True)\ntime.sleep(600)";
    Run docker = machines.docker("progress", "one", script);
    Run bare = machines.bare("progress-bare", "one", script);
    for (Run run : List.of(docker, bare)) {
      run.await(
          "tells its progress",
          r -> r.getStatus() != null && "40% of it".equals(r.getStatus().progress()));
      assertThat(run.status().phase()).isEqualTo(RunPhase.RUNNING);
      run.cancel();
    }
    docker.awaitEnd(RunPhase.CANCELED);
    bare.awaitEnd(RunPhase.CANCELED);
  }

  private List<String> layers(TrainingRunStatus status) {
    return history
        .manifest(Objects.requireNonNull(status.outputs()))
        .path("layers")
        .findValuesAsText("org.opencontainers.image.title");
  }
}
