package dev.trainyard.e2e.machines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.e2e.runs.Yard;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A run moves from the cluster to a machine and back by one field of its configuration. */
@OnMachines
class MovedRunIT {
  private static final String SCRIPT =
      """
      import hashlib, os, random, sys
      random.seed(7)
      alpha = sum(random.random() for _ in range(1000)) / 1000
      print("Attempted to log scalar metric alpha:")
      print(alpha)
      print("Attempted to log scalar metric digest:")
      print(int(hashlib.sha256(" ".join(sys.argv[1:]).encode()).hexdigest()[:8], 16))
      print(os.getcwd(), os.getuid(), sys.executable, os.environ["EXAMPLE"])
      """;

  private final MachineYard machines;

  MovedRunIT(MachineYard machines) {
    this.machines = machines;
    machines.attached("machine", machines.machine("one"));
    machines
        .yard()
        .apply(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: ComputeTarget
            metadata: {name: cluster}
            spec: {type: local}
            """);
    machines.yard().source("moved", "train.py", SCRIPT);
  }

  @Test
  void withTheInterpreterOfTheBaseImage() {
    movesByOneField("plain", "python: {userManagedDependencies: true}");
  }

  @Test
  void withAnEnvironmentThatCondaMakes() {
    movesByOneField(
        "conda",
        "python: {condaDependencies: {channels: [conda-forge], dependencies: [python=3.11]}}");
  }

  private void movesByOneField(String name, String python) {
    Yard yard = machines.yard();
    String onCluster = manifest("cluster", python);
    String onMachine = manifest("machine", python);
    assertThat(changedLines(onCluster, onMachine)).containsExactly("  target: machine");
    Run first = yard.run(name + "-cluster", onCluster);
    TrainingRunStatus cluster = first.awaitEnd(RunPhase.COMPLETED);
    Run second = yard.run(name + "-machine", onMachine);
    TrainingRunStatus machine = second.awaitEnd(RunPhase.COMPLETED);
    Run third = yard.run(name + "-back", onCluster);
    TrainingRunStatus back = third.awaitEnd(RunPhase.COMPLETED);

    assertThat(machine.target()).isEqualTo("machine");
    assertThat(machine.image()).as(second::report).isEqualTo(cluster.image()).contains("@sha256:");
    assertThat(machine.metrics()).isEqualTo(cluster.metrics()).containsKeys("alpha", "digest");
    assertThat(machine.lastLog())
        .as("working directory, user, interpreter, variables")
        .isEqualTo(cluster.lastLog());
    assertThat(back.image()).isEqualTo(cluster.image());
    assertThat(back.metrics()).isEqualTo(cluster.metrics());
  }

  private static String manifest(String target, String python) {
    return """
    script: train.py
    source: {configMap: {name: moved}}
    runConfiguration:
      target: %s
      arguments: [--words, "it's $HOME \\\\ \\"quoted\\"", '']
      environment:
        environmentVariables: {EXAMPLE: "a b'c"}
        %s
        docker: {enabled: true, shmSize: 16m}
    """
        .formatted(target, python);
  }

  private static List<String> changedLines(String before, String after) {
    List<String> old = before.lines().toList();
    List<String> now = after.lines().toList();
    assertThat(now).hasSameSizeAs(old);
    return IntStream.range(0, now.size())
        .filter(i -> !now.get(i).equals(old.get(i)))
        .mapToObj(now::get)
        .toList();
  }
}
