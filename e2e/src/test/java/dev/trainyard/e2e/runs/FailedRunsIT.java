package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import io.fabric8.kubernetes.api.model.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How runs end badly, and what they say of it. */
@ExtendWith(YardExtension.class)
class FailedRunsIT {
  private final Yard yard;

  FailedRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aScriptThatFailsLeavesItsExitCodeAndLastLinesAndIsNotTriedAgain() {
    Run run =
        yard.runOf(
            "boom",
            """
            import sys
            print("Traceback of sorts", file=sys.stderr)
            sys.exit(42)
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(status.exitCode()).isEqualTo(42);
    assertThat(status.lastLog()).isEqualTo("Traceback of sorts");
    assertThat(status.attempts()).hasSize(1);
    assertThat(run.reason()).isEqualTo("ScriptFailed");
    assertThat(run.message()).contains("exit code 42");
    assertThat(run.condition("Stalled")).map(Condition::getStatus).hasValue("True");
    assertThat(run.condition("Reconciling")).isEmpty();
    assertThat(run.events())
        .anySatisfy(event -> {
          assertThat(event.getType()).isEqualTo("Warning");
          assertThat(event.getReason()).isEqualTo("ScriptFailed");
        });
  }

  @Test
  void aScriptThatNeedsMoreMemoryThanItMaySaysWhereToRaiseIt() {
    Run run =
        yard.runOf(
            "hungry",
            """
            hoard = []
            while True:
                hoard.append(bytearray(1 << 20))
            """,
            "resources: {memory: 48Mi}");
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).as(run::report).isEqualTo("OutOfMemory");
    assertThat(run.message()).contains("spec.resources.memory");
  }

  @Test
  void aRunThatTakesTooLongIsEnded() {
    Run run =
        yard.runOf(
            "slow", "import time\nprint('begun')\ntime.sleep(600)", "  maxRunDurationSeconds: 3");
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).as(run::report).isEqualTo("DeadlineExceeded");
    assertThat(status.attempts()).hasSize(1);
  }

  @Test
  void anInterpreterThatTheImageLacksIsNamed() {
    yard.source("interpreter", "train.py", "print(1)");
    Run run =
        yard.run(
            "interpreter",
            """
            script: train.py
            source: {configMap: {name: interpreter}}
            runConfiguration:
              environment: {python: {userManagedDependencies: true, interpreterPath: /opt/conda/bin/python}}
            """);
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).contains("/opt/conda/bin/python");
  }

  @Test
  void whatTheTargetCannotDoFailsAnInlineConfigurationForGood() {
    yard.source("spark", "train.py", "print(1)");
    Run run =
        yard.run(
            "spark",
            """
            script: train.py
            source: {configMap: {name: spark}}
            runConfiguration: {framework: PySpark, nodeCount: 2}
            """);
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).isEqualTo("NotSupportedByTarget");
    assertThat(run.message()).contains("PySpark").contains("hdInsight");
    assertThat(run.status().conditions())
        .as("steps that never come")
        .extracting(Condition::getStatus)
        .doesNotContain("Unknown");
  }

  @Test
  void aFinishedRunIsDeletedWhenItsTimeIsOver() {
    Run now = yard.runOf("short-lived", "print(1)", "ttlSecondsAfterFinished: 0");
    Run later = yard.runOf("long-lived", "print(1)", "ttlSecondsAfterFinished: 3600");
    now.awaitDeleted();
    later.awaitEnd(RunPhase.COMPLETED);
    later.patchSpec("{\"ttlSecondsAfterFinished\": 1}");
    later.awaitDeleted();
  }
}
