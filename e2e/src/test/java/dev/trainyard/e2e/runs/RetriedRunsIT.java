package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is tried again, how often, and what each attempt leaves. */
@ExtendWith(YardExtension.class)
class RetriedRunsIT {
  private final Yard yard;
  private final StoredHistory history;

  RetriedRunsIT(Yard yard) {
    this.yard = yard;
    this.history = new StoredHistory(yard);
  }

  @Test
  void anEvictedRunIsTriedAgainFromItsCheckpointAndEachAttemptKeepsItsLog() {
    Run run =
        yard.runOf(
            "evicted",
            """
            import os, time
            print("attempt", os.environ["TRAINYARD_ATTEMPT"], os.listdir("outputs"), flush=True)
            open("outputs/checkpoint", "w").write("step 7")
            if os.environ["TRAINYARD_ATTEMPT"] == "1":
                time.sleep(600)
            """,
            "retryPolicy: {infrastructureRetries: 1, backoffSeconds: 1, resume: true}");
    run.awaitRunning();
    run.await(
        "printed",
        r ->
            yard.client()
                .pods()
                .resource(run.trainingPod())
                .inContainer("train")
                .getLog()
                .contains("attempt 1"));
    yard.client().pods().resource(run.trainingPod()).evict();
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.attempts()).as(run::report).hasSize(2);
    Attempt first = run.attempts().getFirst();
    assertThat(first.reason()).isEqualTo("Evicted");
    assertThat(first.message()).contains("took the pod away");
    assertThat(history.text(first.log(), "train.log")).isEqualTo("attempt 1 []\n");
    assertThat(history.file(first.outputs(), "outputs", "outputs/checkpoint")).isEqualTo("step 7");
    assertThat(history.text(status.log(), "train.log")).isEqualTo("attempt 2 ['checkpoint']\n");
    assertThat(run.eventReasons()).contains("Retrying");
  }

  @Test
  void aScriptThatFailsIsTriedAgainOnlyAsOftenAsItsPolicySays() {
    Run once = yard.runOf("once", "import sys\nsys.exit(1)", "retryPolicy: {backoffSeconds: 1}");
    Run twice =
        yard.runOf(
            "twice",
            """
            import os, sys
            print("attempt", os.environ["TRAINYARD_ATTEMPT"])
            sys.exit(1)
            """,
            "retryPolicy: {scriptRetries: 1, backoffSeconds: 1}");
    once.awaitEnd(RunPhase.FAILED);
    assertThat(once.attempts()).hasSize(1);
    twice.awaitEnd(RunPhase.FAILED);
    assertThat(twice.attempts()).as(twice::report).hasSize(2);
    assertThat(twice.message()).contains("attempt 2, the last one");
    assertThat(twice.attempts())
        .allSatisfy(attempt -> {
          assertThat(attempt.reason()).isEqualTo("ScriptFailed");
          assertThat(attempt.exitCode()).isEqualTo(1);
          assertThat(history.text(attempt.log(), "train.log"))
              .isEqualTo("attempt %d\n".formatted(attempt.number()));
        });
  }
}
