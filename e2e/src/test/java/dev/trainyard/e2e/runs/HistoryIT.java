package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What runs print and write outlives their pods, however they ended, until the run is deleted. */
@ExtendWith(YardExtension.class)
class HistoryIT {
  private final Yard yard;
  private final StoredHistory history;

  HistoryIT(Yard yard) {
    this.yard = yard;
    this.history = new StoredHistory(yard);
  }

  @Test
  void logAndOutputsAreFetchedAfterJobAndPodsAreGone() {
    Run run =
        yard.runOf(
            "left",
            """
            import os
            print("grüße", 1)
            os.makedirs("outputs/model", exist_ok=True)
            open("outputs/model/weights.txt", "w").write("0.5")
            open("logs/tensorboard", "w").write("events")
            open("/tmp/elsewhere", "w").write("not collected")
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    deleteJobsAndPods(run);
    assertThat(history.text(status.log(), "train.log")).isEqualTo("grüße 1\n");
    assertThat(history.file(status.outputs(), "outputs", "outputs/model/weights.txt"))
        .isEqualTo("0.5");
    assertThat(history.file(status.outputs(), "logs", "logs/tensorboard")).isEqualTo("events");
    assertThat(run.condition("HistoryStored")).map(Condition::getStatus).hasValue("True");
    assertThat(history.manifest(outputs(status)).path("subject").path("digest").asText())
        .as("the run image, so that `oras discover` lists what runs of it left")
        .isEqualTo(digest(Objects.requireNonNull(status.image())));
    assertThat(outputs(status).files()).isEqualTo(2);
  }

  @Test
  void aScriptThatFailsKeepsWhatItWroteUntilThen() {
    Run run =
        yard.runOf(
            "failed",
            """
            import sys
            print("about to fail")
            open("outputs/checkpoint", "w").write("step 3")
            sys.exit(3)
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).isEqualTo("ScriptFailed");
    deleteJobsAndPods(run);
    assertThat(history.text(status.log(), "train.log")).isEqualTo("about to fail\n");
    assertThat(history.file(status.outputs(), "outputs", "outputs/checkpoint")).isEqualTo("step 3");
  }

  @Test
  void aCanceledScriptKeepsWhatItWroteAlsoWhileItWasBeingEnded() {
    Run run =
        yard.runOf(
            "canceled",
            """
            import signal, sys, time
            def save(number, frame):
                open("outputs/checkpoint", "w").write("saved on SIGTERM")
                print("saved")
                sys.exit(0)
            signal.signal(signal.SIGTERM, save)
            print("begun")
            time.sleep(600)
            """);
    run.await("prints", r -> isRunningAndPrints(run, "begun"));
    run.cancel();
    TrainingRunStatus status = run.awaitEnd(RunPhase.CANCELED);
    Awaitility.await("no pod is left")
        .atMost(Duration.ofMinutes(2))
        .until(() -> run.pods().isEmpty());
    assertThat(history.text(status.log(), "train.log")).as(run::report).isEqualTo("begun\nsaved\n");
    assertThat(history.file(status.outputs(), "outputs", "outputs/checkpoint"))
        .isEqualTo("saved on SIGTERM");
  }

  @Test
  void aScriptThatTakesTooLongKeepsWhatItWrote() {
    Run run =
        yard.runOf(
            "too-long",
            """
            import time
            open("outputs/checkpoint", "w").write("in time")
            print("begun")
            time.sleep(600)
            """,
            "  maxRunDurationSeconds: 15");
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).isEqualTo("DeadlineExceeded");
    assertThat(history.text(status.log(), "train.log")).as(run::report).isEqualTo("begun\n");
    assertThat(history.file(status.outputs(), "outputs", "outputs/checkpoint"))
        .isEqualTo("in time");
  }

  @Test
  void aLargeFileIsStreamedThroughASmallCollector() {
    Run run =
        yard.runOf(
            "large",
            """
            import random
            generator = random.Random(1)
            with open("outputs/weights", "wb") as weights:
                for _ in range(300):
                    weights.write(generator.randbytes(1 << 20))
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(history.tree(status.outputs(), "outputs"))
        .containsEntry("outputs/weights", Long.toString(300L << 20));
    assertThat(outputs(status).size()).as("random bytes do not compress").isGreaterThan(300L << 20);
  }

  @Test
  void linksAndSpecialFilesDoNotLeadOutAndAreNamed() {
    Run run =
        yard.runOf(
            "hostile",
            """
            import os, socket
            os.chdir("outputs")
            open("model", "w").write("model")
            os.symlink("model", "latest")
            os.symlink("/etc/passwd", "absolute")
            os.symlink("../../train.py", "climbing")
            os.symlink("loop", "loop")
            os.link("model", "hard")
            os.mkfifo("pipe")
            socket.socket(socket.AF_UNIX).bind("socket")
            os.makedirs("d/" * 40 + "deep")
            open("ünï 学習\\n$(id) `id` 'quoted'", "w").write("name")
            open("n" * 255, "w").write("long")
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    Map<String, String> tree = history.tree(status.outputs(), "outputs");
    assertThat(tree)
        .containsEntry("outputs/model", "5")
        .containsEntry("outputs/hard", "5")
        .containsEntry("outputs/latest", "-> model")
        .containsEntry("outputs/ünï 学習\n$(id) `id` 'quoted'", "4")
        .containsEntry("outputs/" + "n".repeat(255), "4")
        .containsEntry("outputs/" + "d/".repeat(40) + "deep/", "/")
        .doesNotContainKeys(
            "outputs/absolute", "outputs/climbing", "outputs/pipe", "outputs/socket");
    assertThat(run.condition("HistoryStored"))
        .map(Condition::getMessage)
        .hasValueSatisfying(message ->
            assertThat(message)
                .contains("outputs/absolute is a link that leads out", "/etc/passwd")
                .contains("outputs/pipe is neither a file, a directory nor a link"));
  }

  @Test
  void metricsComeFromTheOutputAFileAndMlflowsStoreAndTheSeriesAreKept() {
    Run run =
        yard.runOf(
            "metrics",
            """
            import json, os
            for value in (3, 2, 1):
                print("Attempted to log scalar metric loss:")
                print(value)
            store = "mlruns/0/0123456789abcdef/metrics"
            os.makedirs(store)
            with open(store + "/accuracy", "w") as series:
                series.write("1700000000000 0.5 0\\n1700000001000 0.75 1\\n")
            json.dump({"rmse": 1.25, "test": {"f1": 0.5}}, open("outputs/metrics.json", "w"))
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.metrics())
        .as(run::report)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("loss", "1", "accuracy", "0.75", "rmse", "1.25", "test.f1", "0.5"));
    assertThat(status.metricsSummary()).contains("loss=1", "accuracy=0.75");
    assertThat(history.text(status.log(), "metrics.jsonl").lines())
        .hasSize(3)
        .last()
        .asString()
        .contains("\"name\":\"loss\"", "\"value\":\"1\"", "\"step\":2");
    assertThat(history.text(status.outputs(), "metrics.jsonl").lines())
        .hasSize(2)
        .last()
        .asString()
        .contains("\"accuracy\"", "\"0.75\"");
  }

  @Test
  void aScriptTellsHowFarItIsWhileItRuns() {
    Run run =
        yard.runOf(
            "progress",
            """
            import os, time
            print("Epoch 3/10", flush=True)
            print("trainyard: progress 40% of the first half", flush=True)
            while not os.path.exists("/tmp/go"):
                time.sleep(0.2)
            print("trainyard: progress 100%")
            """);
    run.await(
        "tells its progress",
        r -> r.getStatus() != null && "40% of the first half".equals(r.getStatus().progress()));
    assertThat(run.status().phase()).isEqualTo(RunPhase.RUNNING);
    run.exec("touch", "/tmp/go");
    assertThat(run.awaitEnd(RunPhase.COMPLETED).progress()).isEqualTo("100%");
  }

  @Test
  void aRunWithoutOutputCollectionHasItsLogOnly() {
    Run run =
        yard.runOf(
            "log-only",
            "import os\nos.makedirs('outputs')\nprint(os.listdir('.'))",
            "  history: {outputCollection: false}");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.outputs()).isNull();
    assertThat(run.trainingPod().getSpec().getInitContainers()).isEmpty();
    assertThat(history.text(status.log(), "train.log")).contains("outputs", "train.py");
  }

  @Test
  void theArtifactsOfARunGoWithItAndThoseOfOthersStay() {
    Run stays = yard.runOf("stays", "print('stays')\nopen('outputs/a', 'w').write('a')");
    Run goes =
        yard.runOf(
            "goes",
            "print('goes')\nopen('outputs/a', 'w').write('a')",
            "ttlSecondsAfterFinished: 3600");
    TrainingRunStatus staying = stays.awaitEnd(RunPhase.COMPLETED);
    TrainingRunStatus going = goes.awaitEnd(RunPhase.COMPLETED);
    Artifact log = Objects.requireNonNull(going.log());
    String uid = goes.uid();
    assertThat(history.has(log.repository(), "log-" + uid + "-1")).isTrue();
    goes.patchSpec("{\"ttlSecondsAfterFinished\": 1}");
    goes.awaitDeleted();
    assertThat(history.has(log.repository(), "log-" + uid + "-1")).isFalse();
    assertThat(history.has(log.repository(), log.digest())).isFalse();
    assertThat(history.has(log.repository(), outputs(going).digest())).isFalse();
    assertThat(history.has(log.repository(), digest(Objects.requireNonNull(going.image()))))
        .as("the run image that no other run has")
        .isFalse();
    assertThat(history.text(staying.log(), "train.log")).isEqualTo("stays\n");
    assertThat(history.file(staying.outputs(), "outputs", "outputs/a")).isEqualTo("a");
  }

  private boolean isRunningAndPrints(Run run, String text) {
    return run.status() != null
        && run.status().phase() == RunPhase.RUNNING
        && yard.client()
            .pods()
            .resource(run.trainingPod())
            .inContainer("train")
            .getLog()
            .contains(text);
  }

  private void deleteJobsAndPods(Run run) {
    run.jobs().forEach(job -> yard.client().resource(job).delete());
    run.pods().forEach(pod -> yard.client().resource(pod).withGracePeriod(0).delete());
    Awaitility.await("Job and pods are gone")
        .atMost(Duration.ofMinutes(2))
        .until(() -> run.jobs().isEmpty() && run.pods().isEmpty());
  }

  private static Artifact outputs(TrainingRunStatus status) {
    return Objects.requireNonNull(status.outputs());
  }

  private static String digest(String image) {
    return image.substring(image.indexOf('@') + 1);
  }
}
