package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.OutputStream;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** MPI programs across nodes that have no ssh server, with Open MPI and with Intel MPI. */
@ExtendWith(YardExtension.class)
class MpiRunsIT {
  /** Ranks that meet once and then wait for each other for ever. */
  private static final String ENDLESS_MPI =
      """
      import time
      from mpi4py import MPI
      MPI.COMM_WORLD.barrier()
      if MPI.COMM_WORLD.rank == 0:
          print("all met", flush=True)
      else:
          time.sleep(600)
      MPI.COMM_WORLD.barrier()
      """;

  private static final String FAILING_RANK =
      """
      import sys
      from mpi4py import MPI
      if MPI.COMM_WORLD.rank == 3:
          print("rank 3 has no data", file=sys.stderr, flush=True)
          MPI.COMM_WORLD.Abort(5)
      MPI.COMM_WORLD.barrier()
      """;

  private final Yard yard;
  private final StoredHistory history;

  MpiRunsIT(Yard yard) {
    this.yard = yard;
    this.history = new StoredHistory(yard);
  }

  @Test
  void processesOfAnMpiProgramMeetAcrossNodesThatHaveNoSshServer() {
    Run run =
        mpi(
            "mpi",
            """
            import socket
            from mpi4py import MPI
            world = MPI.COMM_WORLD
            total = world.allreduce(10 ** world.rank)
            nodes = set(world.allgather(socket.gethostname()))
            if world.rank == 0:
                print("sum", total, "of", world.size, "on", len(nodes), "nodes")
            """,
            "");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(history.text(status.log(), "train-0.log")).isEqualTo("sum 1111 of 4 on 2 nodes\n");
  }

  @Test
  void aRankThatFailsOnAnotherNodeEndsTheMpiRunWithItsWords() {
    Run run = mpi("mpi-fails", FAILING_RANK, "");
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).startsWith("Node 0: ").contains("exit code 5");
    assertThat(history.titles(status.log())).startsWith("train-0.log");
    assertThat(history.text(status.log(), "train-0.log")).contains("rank 3 has no data");
  }

  @Test
  void anMpiNodeThatSomebodyDeletesIsNamedAndNotTheOneWhoseMpirunMissesIt() {
    Run run = mpi("mpi-deleted", ENDLESS_MPI, "retryPolicy: {infrastructureRetries: 0}\n");
    awaitRanks(run);
    // Until the Job has counted its pods it may fail within the second in which one is deleted.
    run.await(
        "has its pods counted",
        r -> run.jobs().stream().anyMatch(job -> Objects.equals(job.getStatus().getReady(), 2)));
    yard.client().pods().resource(run.node(1)).delete();
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).as(run::report).isEqualTo("Evicted");
    assertThat(run.message()).startsWith("Node 1: ").contains("deleted");
    assertThat(history.titles(status.log())).startsWith("train-1.log").contains("train-0.log");
  }

  @Test
  void anMpiNodeWhoseContainerIsKilledIsNamedAndNotTheOneWhoseMpirunMissesIt() {
    Run run = mpi("mpi-killed", ENDLESS_MPI, "");
    awaitRanks(run);
    kill(run.node(1));
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).startsWith("Node 1: ").contains("exit code 137");
    assertThat(status.exitCode()).isEqualTo(137);
    assertThat(history.titles(status.log())).startsWith("train-1.log").contains("train-0.log");
  }

  private void awaitRanks(Run run) {
    run.awaitRunning();
    run.await(
        "has its ranks met",
        r -> yard.client().pods().resource(run.node(0)).getLog().contains("all met"));
  }

  /** Kills whatever runs in the node's container; the first process ends with its child. */
  private void kill(Pod node) {
    try (var exec =
        yard.client()
            .pods()
            .resource(node)
            .inContainer("train")
            .writingOutput(OutputStream.nullOutputStream())
            .exec("sh", "-c", "kill -KILL -1")) {
      exec.exitCode().orTimeout(20, TimeUnit.SECONDS).exceptionally(gone -> 0).join();
    }
  }

  private Run mpi(String name, String script, String more) {
    return onTwoNodes(
        name,
        script,
        """
          communicator: OpenMpi
          environment:
            python: {userManagedDependencies: true}
            docker: {baseImage: "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20251130.v1"}
        """
            + more);
  }

  @Test
  void processesOfAnIntelMpiProgramMeetAcrossNodesWithTheLibraryOfTheirEnvironment() {
    Run run =
        intelMpi(
            "intel-mpi",
            """
            import array, os, socket, sys
            from mpi4py import MPI
            world = MPI.COMM_WORLD
            big = array.array("d", [0]) * 1_000_000
            world.Allreduce(array.array("d", [10 ** world.rank]) * len(big), big)
            nodes = world.allgather((socket.gethostname()[-2:], os.environ["TRAINYARD_NODE_RANK"]))
            if world.rank == 0:
                print(MPI.Get_library_version().split(" Library")[0], "sum", int(big[-1]), nodes)
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(history.text(status.log(), "train-0.log"))
        .isEqualTo("Intel(R) MPI sum 1111 [('-0', '0'), ('-0', '0'), ('-1', '1'), ('-1', '1')]\n");
  }

  @Test
  void aRankThatFailsOnAnotherNodeEndsTheIntelMpiRunWithItsWords() {
    Run run = intelMpi("intel-fails", FAILING_RANK);
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).startsWith("Node 0: ").contains("exit code 5");
    assertThat(history.text(status.log(), "train-0.log")).contains("rank 3 has no data");
  }

  private Run intelMpi(String name, String script) {
    return onTwoNodes(
        name,
        script,
        """
          communicator: IntelMpi
          environment:
            python:
              condaDependencies:
                dependencies: [python=3.11, {pip: [impi-rt==2021.18.1, mpi4py==4.1.2]}]
        """);
  }

  /** Two processes on each of two nodes; lines that are indented belong to the configuration. */
  private Run onTwoNodes(String name, String script, String more) {
    yard.source(name, "train.py", script);
    return yard.run(
        name,
        """
        script: train.py
        source: {configMap: {name: %s}}
        runConfiguration:
          nodeCount: 2
          mpi: {processCountPerNode: 2}
        """
                .formatted(name)
            + more);
  }
}
