package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Scripts on several nodes, which find each other and talk over sockets as real frameworks do. */
@ExtendWith(YardExtension.class)
class DistributedRunsIT {
  /** Rendezvous of torch.distributed's env://, with the standard library: rank 0 adds up. */
  private static final String ALL_REDUCE =
      """
      import os, socket, sys, time
      rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
      address = (os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]))
      def connected():
          for _ in range(300):
              try:
                  return socket.create_connection(address, timeout=5)
              except OSError:
                  time.sleep(0.2)
          sys.exit("no master at %s:%d" % address)
      mine = 10 ** rank
      if rank == 0:
          with socket.create_server(("", address[1])) as server:
              peers = [server.accept()[0].makefile("rw") for _ in range(size - 1)]
              total = mine + sum(int(peer.readline()) for peer in peers)
              for peer in peers:
                  peer.write("%d\\n" % total)
                  peer.flush()
      else:
          peer = connected().makefile("rw")
          peer.write("%d\\n" % mine)
          peer.flush()
          total = int(peer.readline())
      open("outputs/rank", "w").write(str(rank))
      print("rank", rank, "of", size, "sum", total)
      """;

  /** A parameter server that never ends by itself, and workers that push and pull. */
  private static final String PARAMETER_SERVER =
      """
      import json, os, socket, sys, time
      config = json.loads(os.environ["TF_CONFIG"])
      task, cluster = config["task"], config["cluster"]
      def split(address):
          host, port = address.rsplit(":", 1)
          return host, int(port)
      if task["type"] == "ps":
          weight = 0
          with socket.create_server(("", split(cluster["ps"][task["index"]])[1])) as server:
              while True:
                  with server.accept()[0] as peer:
                      weight += int(peer.makefile().readline())
                      peer.sendall(b"%d\\n" % weight)
      def push(gradient):
          for _ in range(300):
              try:
                  with socket.create_connection(split(cluster["ps"][0]), timeout=5) as peer:
                      peer.sendall(b"%d\\n" % gradient)
                      return int(peer.makefile().readline())
              except OSError:
                  time.sleep(0.2)
          sys.exit("no parameter server")
      weight = push(task["index"] + 1)
      while weight < 3:
          weight = push(0)
          time.sleep(0.1)
      print(task["type"], task["index"], "of", len(cluster["worker"]), "weight", weight)
      """;

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

  DistributedRunsIT(Yard yard) {
    this.yard = yard;
    this.history = new StoredHistory(yard);
  }

  @Test
  void nodesOfAPyTorchRunMeetAtTheFirstAndEachLeavesItsLogAndOutputs() {
    Run run = yard.runOf("pytorch", ALL_REDUCE, "  framework: PyTorch\n  nodeCount: 2\n");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.nodes()).isEqualTo(2);
    assertThat(history.text(status.log(), "train-0.log")).isEqualTo("rank 0 of 2 sum 11\n");
    assertThat(history.text(status.log(), "train-1.log")).isEqualTo("rank 1 of 2 sum 11\n");
    String repository = Objects.requireNonNull(status.outputs()).repository();
    assertThat(history.file(status.outputs(), "outputs", "outputs/rank")).isEqualTo("0");
    assertThat(history.has(repository, "outputs-" + run.uid() + "-1-1"))
        .as("outputs of the second node")
        .isTrue();
    assertThat(run.message()).contains("every node");
  }

  @Test
  void workersOfAParameterServerRunEndItAndTheServerIsEnded() {
    Run run =
        yard.runOf(
            "parameters",
            PARAMETER_SERVER,
            """
              framework: TensorFlow
              communicator: ParameterServer
              tensorflow: {workerCount: 2, parameterServerCount: 1}
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.nodes()).isEqualTo(3);
    assertThat(history.text(status.log(), "train-0.log")).isEqualTo("worker 0 of 2 weight 3\n");
    assertThat(history.text(status.log(), "train-1.log")).isEqualTo("worker 1 of 2 weight 3\n");
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
    assertThat(titles(status)).startsWith("train-0.log");
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
    yard.client().pods().resource(node(run, 1)).delete();
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).as(run::report).isEqualTo("Evicted");
    assertThat(run.message()).startsWith("Node 1: ").contains("deleted");
    assertThat(titles(status)).startsWith("train-1.log").contains("train-0.log");
  }

  @Test
  void anMpiNodeWhoseContainerIsKilledIsNamedAndNotTheOneWhoseMpirunMissesIt() {
    Run run = mpi("mpi-killed", ENDLESS_MPI, "");
    awaitRanks(run);
    kill(node(run, 1));
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.message()).as(run::report).startsWith("Node 1: ").contains("exit code 137");
    assertThat(status.exitCode()).isEqualTo(137);
    assertThat(titles(status)).startsWith("train-1.log").contains("train-0.log");
  }

  private void awaitRanks(Run run) {
    run.awaitRunning();
    run.await(
        "has its ranks met",
        r -> yard.client().pods().resource(node(run, 0)).getLog().contains("all met"));
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

  @Test
  void aNodeThatFailsEndsTheRunAndItsLogComesFirst() {
    Run run =
        yard.runOf(
            "one-fails",
            """
            import os, socket, sys, time
            print("node", os.environ["RANK"], flush=True)
            first = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
            if os.environ["RANK"] == "0":
                socket.create_server(("", first[1])).accept()
                time.sleep(600)
            while True:
                try:
                    socket.create_connection(first, 5).close()
                    sys.exit(7)
                except OSError:
                    time.sleep(0.2)
            """,
            "  framework: PyTorch\n  nodeCount: 2\n");
    TrainingRunStatus status = run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).isEqualTo("ScriptFailed");
    assertThat(run.message()).as(run::report).startsWith("Node 1: ").contains("exit code 7");
    assertThat(status.exitCode()).isEqualTo(7);
    assertThat(status.lastLog()).isEqualTo("node 1");
    assertThat(titles(status)).startsWith("train-1.log").contains("train-0.log");
  }

  @Test
  void aNodeThatIsTakenAwayIsToldAndTheWholeRunIsTriedAgain() {
    Run run =
        yard.runOf(
            "one-evicted",
            """
            import os, time
            if os.environ["TRAINYARD_ATTEMPT"] == "1":
                time.sleep(600)
            """
                + ALL_REDUCE,
            """
              framework: PyTorch
              nodeCount: 2
            retryPolicy: {infrastructureRetries: 1, backoffSeconds: 1}
            """);
    run.awaitRunning();
    yard.client().pods().resource(node(run, 1)).evict();
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.attempts()).as(run::report).hasSize(2);
    assertThat(run.attempts().getFirst().reason()).isEqualTo("Evicted");
    assertThat(run.attempts().getFirst().message()).startsWith("Node 1: ");
    assertThat(history.text(status.log(), "train-0.log")).isEqualTo("rank 0 of 2 sum 11\n");
  }

  private List<String> titles(TrainingRunStatus status) {
    var titles = new ArrayList<String>();
    for (JsonNode layer : history.manifest(Objects.requireNonNull(status.log())).path("layers")) {
      titles.add(layer.path("annotations").path("org.opencontainers.image.title").asText());
    }
    return titles;
  }
}
