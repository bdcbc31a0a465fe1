package dev.trainyard.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.machine.Machine;
import dev.trainyard.testbed.machine.Machines;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A machine that a target of a {@link FaultyYard} leads to, and pairs of runs on it. */
final class FaultyMachine implements AutoCloseable {
  private static final String TARGET = "machine";
  private static final String FOLDERS = "/home/azureuser/.trainyard/runs";

  private final FaultyYard yard;
  private final Machine machine;

  FaultyMachine(FaultyYard yard) throws IOException, InterruptedException {
    this.yard = yard;
    Path checkout = Path.of("..").toAbsolutePath().normalize();
    machine = Machines.of(checkout, new Progress(System.out)).start("it-killed");
    yard.client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(TARGET)
                .withNamespace(yard.namespace())
                .endMetadata()
                .withStringData(Map.of("key", machine.privateKey()))
                .build())
        .create();
    create(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: machine}
        spec:
          type: dsvm
          dsvm:
            attach:
              address: %s
              username: azureuser
              privateKeySecretRef: {name: machine, key: key}
              knownHosts: '%s'
        """
            .formatted(machine.address(), machine.knownHosts().strip()));
  }

  /** Makes a run in a container and one without, each of a script that counts its executions. */
  void apply(String name) {
    apply(docker(name), "python3", "docker: {enabled: true, shmSize: 16m}");
    apply(bare(name), "python3", "docker: {enabled: false}");
  }

  private void apply(String name, String interpreter, String docker) {
    create(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: %1$s}
        data:
          train.py: |
            import os
            with open(os.path.expanduser("~/executions-%1$s"), "a") as executions:
                executions.write("one\\n")
            open("outputs/metrics.json", "w").write('{"kept": 1}')
            print("%1$s")
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: %1$s}
        spec:
          script: train.py
          source: {configMap: {name: %1$s}}
          runConfiguration:
            target: machine
            environment:
              python: {userManagedDependencies: true, interpreterPath: %2$s}
              %3$s
        """
            .formatted(name, interpreter, docker));
  }

  boolean areOver(String name) {
    return yard.isOver(docker(name)) && yard.isOver(bare(name));
  }

  /** Both completed, executed once, with everything that they left. */
  void assertCompletedOnce(String name) throws IOException, InterruptedException {
    for (String run : new String[] {docker(name), bare(name)}) {
      TrainingRun seen = yard.run(run);
      var status = seen.getStatus();
      assertThat(status.phase()).as("%s", status).isEqualTo(RunPhase.COMPLETED);
      assertThat(status.attempts()).as("%s", status).hasSize(1);
      assertThat(status.lastLog()).as("%s", status).isEqualTo(run);
      assertThat(status.log()).as("%s", status).isNotNull();
      assertThat(status.outputs()).as("%s", status).isNotNull();
      assertThat(status.metrics()).as("%s", status).isEqualTo(Map.of("kept", "1"));
    }
    assertThat(machine.run("cat", "/home/azureuser/executions-" + bare(name)).strip())
        .isEqualTo("one");
    String starts =
        machine.run(
            "sh",
            "-c",
            "docker events --since 10m --until 0s --filter event=start --format"
                + " '{{.Actor.Attributes.name}}' | grep -c '^%s-' || true".formatted(docker(name)));
    assertThat(starts.strip()).as("starts of the container").isEqualTo("1");
  }

  /** Waits until nothing of any run is on the machine. */
  void awaitNothingLeft() {
    await("nothing is left on the machine")
        .atMost(Duration.ofMinutes(2))
        .until(() ->
            machine
                .run("sh", "-c", "docker ps -aq; ls -A " + FOLDERS + " 2>/dev/null || true")
                .isBlank());
  }

  private static String docker(String name) {
    return "docker-" + name;
  }

  private static String bare(String name) {
    return "bare-" + name;
  }

  private void create(String yaml) {
    yard.client()
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(yard.namespace())
        .create();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    machine.remove();
  }
}
