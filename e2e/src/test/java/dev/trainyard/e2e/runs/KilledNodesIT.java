package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.OutputStream;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One node of a distributed run dies: the run is over at once, or tried again where its policy says
 * so, and the node that died is named, its log before the others'.
 */
@ExtendWith(YardExtension.class)
class KilledNodesIT {
  private static final String MPI =
      """
        communicator: OpenMpi
        nodeCount: 2
        environment:
          python: {userManagedDependencies: true}
          docker: {baseImage: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"}
      """;
  private static final String WORKERS =
      """
        framework: TensorFlow
        communicator: ParameterServer
        tensorflow: {workerCount: 2, parameterServerCount: 1}
        environment: {python: {userManagedDependencies: true}, docker: {shmSize: 16m}}
      """;
  private static final String PYTORCH =
      """
        framework: PyTorch
        nodeCount: 2
        environment: {python: {userManagedDependencies: true}, docker: {shmSize: 16m}}
      """;

  private final Yard yard;
  private final StoredHistory history;

  KilledNodesIT(Yard yard) {
    this.yard = yard;
    this.history = new StoredHistory(yard);
  }

  @Test
  void anMpiRunWhoseSecondNodeIsKilledEndsWithThatNodeFirst() {
    Run run =
        run(
            "mpi-killed",
            MPI,
            """
            import time
            from mpi4py import MPI
            MPI.COMM_WORLD.barrier()
            print("rank", MPI.COMM_WORLD.rank, "is there", flush=True)
            time.sleep(600)
            """,
            "");
    awaitPrinted(run, 0, "rank 1 is there");
    killEveryProcess(run, 1);
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).startsWith("Node 1: ").contains("exit code 137");
    assertThat(history.titles(log(status))).startsWith("train-1.log").contains("train-0.log");
  }

  @Test
  void aWorkerThatIsKilledEndsItsRunAndItsLogIsTheFirst() {
    Run run =
        run(
            "worker-killed",
            WORKERS,
            """
            import json, os, time
            print(json.loads(os.environ["TF_CONFIG"])["task"], flush=True)
            time.sleep(600)
            """,
            "");
    awaitPrinted(run, 1, "worker");
    awaitPrinted(run, 2, "ps");
    killEveryProcess(run, 1);
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).startsWith("Worker 1: ").contains("exit code 137");
    assertThat(status.exitCode()).isEqualTo(137);
    assertThat(status.lastLog()).isEqualTo("{'type': 'worker', 'index': 1}");
    assertThat(history.titles(log(status))).startsWith("train-1.log").contains("train-2.log");
  }

  @Test
  void aPodThatIsGivenUpIsNamedAndTheWholeRunIsTriedAgain() {
    Run run =
        run(
            "pod-gone",
            PYTORCH,
            """
            import os, time
            print("attempt", os.environ["TRAINYARD_ATTEMPT"], flush=True)
            if os.environ["TRAINYARD_ATTEMPT"] == "1":
                time.sleep(600)
            """,
            "retryPolicy: {infrastructureRetries: 1, backoffSeconds: 1}\n");
    awaitPrinted(run, 0, "attempt 1");
    awaitPrinted(run, 1, "attempt 1");
    yard.client().pods().resource(node(run, 1)).withGracePeriod(0).delete();
    run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.attempts()).as(run::report).hasSize(2);
    assertThat(run.attempts().getFirst().reason()).isEqualTo("InfrastructureLost");
    assertThat(run.attempts().getFirst().message()).startsWith("Node 1: ");
  }

  private Run run(String name, String configuration, String script, String more) {
    yard.source(name, "train.py", script);
    return yard.run(
        name,
        "script: train.py\nsource: {configMap: {name: %s}}\n%srunConfiguration:\n%s"
            .formatted(name, more, configuration));
  }

  private static Artifact log(TrainingRunStatus status) {
    return Objects.requireNonNull(status.log());
  }

  private void awaitPrinted(Run run, int index, String text) {
    run.awaitRunning();
    run.await(
        "printed " + text,
        r ->
            yard.client()
                .pods()
                .resource(node(run, index))
                .inContainer("train")
                .getLog()
                .contains(text));
  }

  /** As a machine that loses its power, or the kernel that needs memory: nothing can be said. */
  private void killEveryProcess(Run run, int index) {
    try (var exec =
        yard.client()
            .pods()
            .resource(node(run, index))
            .inContainer("train")
            .writingOutput(OutputStream.nullOutputStream())
            .exec("/bin/sh", "-c", "kill -9 -1")) {
      exec.exitCode().join();
    }
  }

  private static Pod node(Run run, int index) {
    return run.pods().stream()
        .filter(pod ->
            Integer.toString(index)
                .equals(
                    pod.getMetadata()
                        .getAnnotations()
                        .get("batch.kubernetes.io/job-completion-index")))
        .findFirst()
        .orElseThrow();
  }
}
