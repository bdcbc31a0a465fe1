package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A run that is asked to end does, whatever it is at, and leaves nothing that runs. */
@ExtendWith(YardExtension.class)
class CanceledRunsIT {
  private static final String SLEEP = "import time\nprint('begun')\ntime.sleep(600)";

  private final Yard yard;

  CanceledRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aRunThatIsMadeCanceledNeverBegins() {
    Run run = yard.runOf("never", "print(1)", "cancel: true");
    run.awaitEnd(RunPhase.CANCELED);
    assertThat(run.jobs()).isEmpty();
    assertThat(run.attempts()).isEmpty();
  }

  @Test
  void aRunThatIsHeldEndsAtOnce() {
    Run run =
        yard.run(
            "held",
            """
            script: train.py
            source: {configMap: {name: nowhere}}
            runConfiguration: {environment: {python: {userManagedDependencies: true}}}
            """);
    run.awaitReason("ConfigMapNotFound");
    run.cancel();
    run.awaitEnd(RunPhase.CANCELED);
  }

  @Test
  void aRunThatWaitsForANodeLeavesTheQueue() {
    Run run = yard.runOf("queued", SLEEP, "resources: {cpu: '1000'}");
    run.awaitReason("Unschedulable");
    run.cancel();
    run.awaitEnd(RunPhase.CANCELED);
    awaitNothingLeft(run);
  }

  @Test
  void aRunningScriptIsEndedWithinSecondsAndItsOutputIsKept() {
    Run run = yard.runOf("running", SLEEP);
    run.awaitRunning();
    run.await(
        "logs", r -> yard.client().pods().resource(run.trainingPod()).getLog().contains("begun"));
    long asked = System.nanoTime();
    run.cancel();
    TrainingRunStatus status = run.awaitEnd(RunPhase.CANCELED);
    assertThat(Duration.ofNanos(System.nanoTime() - asked))
        .as("a script that does not handle SIGTERM ends on it")
        .isLessThan(Duration.ofSeconds(25));
    assertThat(status.lastLog()).as(run::report).isEqualTo("begun");
    assertThat(run.attempts().getFirst().endTime()).isNotNull();
    assertThat(run.attempts().getFirst().reason()).isEqualTo("Canceled");
    awaitNothingLeft(run);
    assertThat(run.eventReasons()).contains("CancelRequested", "Canceled");
  }

  @Test
  void aRunWhoseConfigurationIsGoneCanStillBeCanceled() {
    yard.source("orphan", "train.py", SLEEP);
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: orphan}
        spec:
          script: train.py
          environment: {python: {userManagedDependencies: true}}
        """);
    Run run =
        yard.run(
            "orphan",
            """
            runConfigurationRef: {name: orphan}
            source: {configMap: {name: orphan}}
            """);
    run.awaitRunning();
    yard.deleteConfiguration("orphan");
    run.cancel();
    run.awaitEnd(RunPhase.CANCELED);
    awaitNothingLeft(run);
  }

  @Test
  void aRunWhoseSourceIsBeingFetchedLeavesNoJobBehind() {
    Run run =
        yard.run(
            "fetching",
            """
            script: train.py
            source: {git: {url: "https://nowhere.invalid/repository.git"}}
            runConfiguration: {environment: {python: {userManagedDependencies: true}}}
            """);
    run.await("has a snapshot Job", r -> !run.jobs().isEmpty());
    run.cancel();
    run.awaitEnd(RunPhase.CANCELED);
    awaitNothingLeft(run);
  }

  private static void awaitNothingLeft(Run run) {
    Awaitility.await("no Job and no pod is left")
        .atMost(Duration.ofMinutes(2))
        .until(() -> run.jobs().isEmpty() && run.pods().isEmpty());
  }
}
