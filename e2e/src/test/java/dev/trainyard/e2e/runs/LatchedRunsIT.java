package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A run runs once, whatever is deleted or changed around it. */
@ExtendWith(YardExtension.class)
class LatchedRunsIT {
  private final Yard yard;

  LatchedRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aFinishedRunStaysWhenAllThatItWasMadeOfIsDeleted() {
    Run run = referring("latched", "print('once')");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    yard.deleteConfiguration("latched");
    yard.client()
        .resources(ComputeTarget.class)
        .inNamespace(yard.namespace())
        .withName("latched")
        .delete();
    yard.client().configMaps().inNamespace(yard.namespace()).withName("latched").delete();
    run.jobs().forEach(job -> yard.client().resource(job).delete());
    Awaitility.await("nothing is made anew and the status stays")
        .during(Duration.ofSeconds(8))
        .atMost(Duration.ofSeconds(30))
        .until(() -> run.jobs().isEmpty() && run.pods().isEmpty() && run.status().equals(status));
  }

  @Test
  void aFinishedRunTellsThatItSawAnEditAndChangesNothingElse() {
    Run run = yard.runOf("edited", "print('once')");
    TrainingRunStatus before = run.awaitEnd(RunPhase.COMPLETED);
    run.cancel();
    run.await(
        "observes the new generation",
        r -> r.getStatus().observedGeneration().equals(r.getMetadata().getGeneration()));
    assertThat(run.status().phase()).isEqualTo(RunPhase.COMPLETED);
    assertThat(run.status().endTime()).isEqualTo(before.endTime());
    assertThat(run.jobs()).hasSize(1);
    assertThat(run.condition("Ready"))
        .hasValueSatisfying(ready -> {
          assertThat(ready.getStatus()).isEqualTo("True");
          assertThat(ready.getObservedGeneration())
              .isEqualTo(run.get().getMetadata().getGeneration());
        });
  }

  @Test
  void aRunningScriptGoesOnWhenItsConfigurationAndTargetAreDeleted() {
    Run run =
        referring(
            "going-on",
            """
            import os, time
            for second in range(300):
                if os.path.exists("/tmp/go"): break
                time.sleep(0.2)
            print("done")
            """);
    run.awaitRunning();
    yard.deleteConfiguration("going-on");
    yard.client()
        .resources(ComputeTarget.class)
        .inNamespace(yard.namespace())
        .withName("going-on")
        .delete();
    run.patchSpec("{\"ttlSecondsAfterFinished\": 3600}");
    run.await(
        "observes the new generation",
        r -> r.getStatus().observedGeneration().equals(r.getMetadata().getGeneration()));
    assertThat(run.status().phase()).as(run::report).isEqualTo(RunPhase.RUNNING);
    run.exec("touch", "/tmp/go");
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("done");
    assertThat(run.status().script()).isEqualTo("train.py");
    assertThat(run.status().target()).isEqualTo("going-on");
  }

  @Test
  void aPodThatIsDeletedUnderTheScriptIsTriedAgain() {
    Run run =
        yard.runOf(
            "deleted",
            """
            import os, time
            print("attempt", os.environ["TRAINYARD_ATTEMPT"])
            if os.environ["TRAINYARD_ATTEMPT"] == "1":
                time.sleep(600)
            """);
    run.awaitRunning();
    yard.client().resource(run.trainingPod()).delete();
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.lastLog()).isEqualTo("attempt 2");
    assertThat(run.attempts()).as(run::report).hasSize(2);
    assertThat(run.attempts().getFirst().reason()).isEqualTo("Evicted");
    assertThat(status.conditions()).extracting(Condition::getType).doesNotContain("Stalled");
    assertThat(run.eventReasons()).endsWith("Completed");
    assertThat(run.events())
        .anySatisfy(event -> {
          assertThat(event.getReason()).isEqualTo("Retrying");
          assertThat(event.getType()).isEqualTo("Warning");
          assertThat(event.getMessage())
              .contains("took the pod away")
              .contains("Attempt 2 follows");
        });
  }

  @Test
  void aJobThatIsDeletedUnderTheScriptIsTriedAgainAsOftenAsThePolicySays() {
    Run run =
        yard.runOf(
            "job-deleted",
            "import time\ntime.sleep(600)",
            "retryPolicy: {infrastructureRetries: 0}");
    run.awaitRunning();
    yard.client().resource(run.jobs().getFirst()).delete();
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.attempts()).hasSize(1);
    assertThat(run.reason()).as(run::report).isIn("InfrastructureLost", "Evicted");
  }

  @Test
  void aRunThatIsDeletedTakesItsJobAndPodsAlong() {
    Run run = yard.runOf("removed", "import time\ntime.sleep(600)");
    run.awaitRunning();
    String uid = run.uid();
    run.delete();
    run.awaitDeleted();
    Awaitility.await("Job and pods are gone")
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            yard.client()
                .pods()
                .inNamespace(yard.namespace())
                .withLabel("trainyard.dev/run-uid", uid)
                .list()
                .getItems()
                .isEmpty());
  }

  /** A run with a RunConfiguration, a target and a source of its name. */
  private Run referring(String name, String script) {
    yard.source(name, "train.py", script);
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: %1$s}
        spec: {type: local}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: %1$s}
        spec:
          script: train.py
          target: %1$s
          environment: {python: {userManagedDependencies: true}}
        """
            .formatted(name));
    return yard.run(
        name,
        """
        runConfigurationRef: {name: %1$s}
        source: {configMap: {name: %1$s}}
        """
            .formatted(name));
  }
}
