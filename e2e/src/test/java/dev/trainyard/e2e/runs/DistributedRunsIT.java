package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import java.util.Objects;
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
    assertThat(history.titles(status.log())).startsWith("train-1.log").contains("train-0.log");
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
    yard.client().pods().resource(run.node(1)).evict();
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.attempts()).as(run::report).hasSize(2);
    assertThat(run.attempts().getFirst().reason()).isEqualTo("Evicted");
    assertThat(run.attempts().getFirst().message()).startsWith("Node 1: ");
    assertThat(history.text(status.log(), "train-0.log")).isEqualTo("rank 0 of 2 sum 11\n");
  }
}
