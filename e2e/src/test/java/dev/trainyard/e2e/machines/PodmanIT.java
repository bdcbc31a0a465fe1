package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.e2e.runs.StoredHistory;
import dev.trainyard.testbed.machine.Machine;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The distribution's podman, with its command docker and its API at Docker's socket. */
@OnMachines
class PodmanIT {
  private static final String SLEEP = "import time\nprint('begun', flush=True)\ntime.sleep(600)";

  /** Takes Docker's place, as the documents say. */
  private static final String INSTALL =
      """
      set -e
      # One that is ended while it starts leaves its files behind.
      until docker version > /dev/null 2>&1; do sleep 0.1; done
      docker=$(cat /run/docker.pid)
      kill "$docker"
      while kill -0 "$docker" 2> /dev/null; do sleep 0.1; done
      export DEBIAN_FRONTEND=noninteractive
      apt-get -qq update
      apt-get -qq install -y --no-install-recommends podman podman-docker netavark > /dev/null
      cat > /etc/containers/registries.conf.d/trainyard.conf <<IN
      [[registry]]
      location = "127.0.0.1"
      insecure = true
      IN
      """;

  /** What a machine with systemd and a file system of its own has without a word. */
  private static final String SERVE =
      """
      cat > /etc/containers/storage.conf <<IN
      [storage]
      driver = "overlay"
      runroot = "/run/containers"
      graphroot = "/var/lib/docker/podman"
      IN
      cat > /etc/containers/containers.conf <<IN
      [network]
      network_backend = "netavark"
      [engine]
      cgroup_manager = "cgroupfs"
      events_logger = "file"
      IN
      rm -f /run/docker.pid /run/docker.sock
      setsid podman system service --time 0 unix:///run/docker.sock \
        > /var/log/podman.log 2>&1 < /dev/null &
      while ! [ -S /run/docker.sock ]; do sleep 0.1; done
      chgrp docker /run/docker.sock
      chmod 660 /run/docker.sock
      """;

  private final MachineYard machines;
  private final Machine machine;
  private final StoredHistory history;

  PodmanIT(MachineYard machines) {
    this.machines = machines;
    this.machine = machines.machine("podman");
    this.history = new StoredHistory(machines.yard());
  }

  @Test
  void runsEndAsTheyDoWithDockerAndLeaveNothing() {
    on(machine, INSTALL + SERVE);
    Target target = machines.attached("podman", machine);
    assertThat(Objects.requireNonNull(target.status().machine()).dockerVersion())
        .endsWith("(podman)");
    Run trained =
        machines.docker(
            "trained", "podman", "print('trained')\nopen('outputs/model', 'w').write('0.5')");
    TrainingRunStatus status = trained.awaitEnd(RunPhase.COMPLETED);
    assertThat(history.text(status.log(), "train.log")).isEqualTo("trained\n");
    assertThat(history.file(status.outputs(), "outputs", "outputs/model")).isEqualTo("0.5");
    // podman shares nothing between pulls at once; from here on it has the base image.
    Run failed = machines.docker("failed", "podman", "print('why'); raise SystemExit(7)");
    Run late = machines.docker("late", "podman", SLEEP, "  maxRunDurationSeconds: 4");
    Run canceled = machines.docker("canceled", "podman", SLEEP);
    canceled.awaitRunning();
    String container = canceled.attempts().getLast().backendId();
    Awaitility.await("the script has begun")
        .atMost(Duration.ofMinutes(2))
        .until(() -> on(machine, "podman logs " + container).contains("begun"));
    canceled.cancel();

    assertThat(failed.awaitEnd(RunPhase.FAILED).exitCode()).isEqualTo(7);
    late.awaitEnd(RunPhase.FAILED);
    assertThat(late.reason()).as(late::report).isEqualTo("DeadlineExceeded");
    status = canceled.awaitEnd(RunPhase.CANCELED);
    assertThat(history.text(status.log(), "train.log")).isEqualTo("begun\n");
    Awaitility.await("what the runs left is taken away")
        .atMost(Duration.ofSeconds(90))
        .until(() ->
            on(machine, "podman ps -aq; pgrep -a -u azureuser | grep -v ' sshd: ' || true")
                .isEmpty());
  }
}
