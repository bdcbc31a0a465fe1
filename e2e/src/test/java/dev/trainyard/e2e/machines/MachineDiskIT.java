package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A machine whose disk is full says so, and no script is blamed for it. */
@OnMachines
@Execution(ExecutionMode.SAME_THREAD)
class MachineDiskIT {
  private static final String FOLDER = "/home/azureuser/.trainyard";

  /** Writes until the disk is full. */
  private static final String FILL =
      """
      import os
      def fill():
          with open("outputs/much", "wb") as much:
              while True:
                  much.write(os.urandom(1 << 20))
      """;

  private final MachineYard machines;
  private final Machine machine;

  MachineDiskIT(MachineYard machines) {
    this.machines = machines;
    this.machine = machines.machine("disk");
    machines.attached("disk", machine);
  }

  @Test
  void aFullFolderOfRunsIsToBlameForWhatFailsInIt() {
    smallFolder("100m");
    try {
      Run run =
          machines.bare("full", "disk", FILL + "fill()", "retryPolicy: {infrastructureRetries: 0}");
      run.awaitEnd(RunPhase.FAILED);
      assertThat(run.reason()).as(run::report).isEqualTo("MachineDiskFull");
      assertThat(run.message()).contains("disk of the machine is full", "remove what is not");
    } finally {
      on(machine, "umount -l " + FOLDER);
    }
    machines.target("disk").awaitReason("Ready");
  }

  @Test
  void aScriptThatEndsWellOnAFullDiskHasEndedWell() {
    smallFolder("100m");
    try {
      Run run =
          machines.bare(
              "well", "disk", FILL + "try:\n    fill()\nexcept OSError:\n    print('full')");
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(status.attempts()).as(run::report).hasSize(1);
      assertThat(status.exitCode()).isZero();
    } finally {
      on(machine, "umount -l " + FOLDER);
    }
    machines.target("disk").awaitReason("Ready");
  }

  @Test
  void aFullDiskOfTheEngineIsToBlameAndTheRunIsTriedAgainOnceThereIsRoom() {
    engineOn("mount -t tmpfs -o size=3g tmpfs /var/lib/docker");
    try {
      machines.target("disk").awaitReason("Ready");
      Run run =
          machines.docker(
              "engine",
              "disk",
              """
              import os, time
              if os.environ["TRAINYARD_ATTEMPT"] == "1":
                  while not os.path.exists("/tmp/go"):
                      time.sleep(0.2)
                  with open("outputs/much", "wb") as much:
                      for _ in range(64):
                          much.write(os.urandom(1 << 20))
              """);
      run.awaitRunning();
      String used =
          on(machine, "df --output=used -Bk /var/lib/docker | tail -n 1").replace("K", "");
      resize(Long.parseLong(used.strip()) + 8_192 + "k");
      on(machine, "docker exec " + run.attempts().getLast().backendId() + " touch /tmp/go");
      run.await("is tried again", r -> Run.isOver(r) || run.attempts().size() == 2);
      assertThat(run.attempts().getFirst().reason()).as(run::report).isEqualTo("MachineDiskFull");
      machines.target("disk").awaitReason("MachineDiskFull");
      assertThat(machines.target("disk").message()).contains("docker system prune");
      resize("3g");
      run.awaitEnd(RunPhase.COMPLETED);
      assertThat(run.attempts()).as(run::report).hasSize(2);
    } finally {
      engineOn("umount -l /var/lib/docker");
    }
    machines.target("disk").awaitReason("Ready");
  }

  @Test
  void anOutputWithoutEndFillsNeitherTheMachineNorTheOperator() {
    Run run =
        machines.bare(
            "endless",
            "disk",
            """
            import os
            block = b"x" * 99 + b"\\n"
            for _ in range(3000):
                os.write(1, block * 10000)
            os.write(1, b"the end\\n")
            import time
            while not os.path.exists("go"):
                time.sleep(0.2)
            """);
    run.awaitRunning();
    String folder = FOLDER + "/runs/" + run.attempts().getLast().backendId();
    Awaitility.await("3 GB are printed")
        .atMost(Duration.ofMinutes(2))
        .until(() -> on(machine, "tail -c 8 " + folder + "/output || true").equals("the end"));
    assertThat(Long.parseLong(on(machine, "du -sm " + folder + " | cut -f1")))
        .as("MiB on the machine")
        .isLessThan(70);
    on(machine, "touch " + folder + "/source/azureml-run/go");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.lastLog()).endsWith("the end");
    assertThat(status.log()).as(run::report).isNotNull();
  }

  private void smallFolder(String size) {
    on(machine, "install -d -o azureuser -g azureuser " + FOLDER);
    on(machine, "mount -t tmpfs -o uid=1000,gid=1000,mode=700,size=" + size + " tmpfs " + FOLDER);
  }

  private void resize(String size) {
    on(machine, "mount -o remount,size=" + size + " /var/lib/docker");
  }

  /** Stops the engine, changes where it keeps everything, and starts it again. */
  private void engineOn(String change) {
    on(
        machine,
        "kill $(cat /var/run/docker.pid); while [ -e /var/run/docker.pid ]; do sleep 0.1; done; "
            + change);
    on(
        machine,
        "setsid " + MachineFaultsIT.dockerd() + " > /var/log/dockerd.log 2>&1 < /dev/null &");
    Awaitility.await("the engine answers")
        .atMost(Duration.ofMinutes(1))
        .until(() -> !on(machine, "docker info -f '{{.ID}}' 2>/dev/null || true").isEmpty());
  }
}
