package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * GPUs of a machine are shared out. The machine has an nvidia-smi that prints what the real one
 * prints of two cards, and a hook by which Docker takes it for a machine with NVIDIA's toolkit.
 */
@OnMachines
class MachineGpusIT {
  private static final String SMI =
      """
      cat > /usr/bin/nvidia-smi <<'EOF'
      #!/bin/sh
      case "$*" in
        '--query-gpu=name,driver_version --format=csv,noheader')
          printf 'Tesla K80, 470.256.02\\nTesla K80, 470.256.02\\n' ;;
        *) exit 2 ;;
      esac
      EOF
      printf '#!/bin/sh\\nexit 0\\n' > /usr/bin/nvidia-container-runtime-hook
      chmod 755 /usr/bin/nvidia-smi /usr/bin/nvidia-container-runtime-hook
      """;
  private static final String HOLDS =
      """
      import os, time
      print(os.environ.get("CUDA_VISIBLE_DEVICES") or os.environ.get("NVIDIA_VISIBLE_DEVICES"), flush=True)
      while not os.path.exists("%s/go-on"):
          time.sleep(0.2)
      """;

  private final MachineYard machines;
  private final Machine machine;

  MachineGpusIT(MachineYard machines) throws Exception {
    this.machines = machines;
    this.machine = withGpus(machines);
    machines.attached("gpus", machine);
  }

  /** The stories begin at the same time, and one of them prepares the machine. */
  private static synchronized Machine withGpus(MachineYard machines) throws Exception {
    Machine machine = machines.machine("gpu");
    if (on(machine, "command -v nvidia-smi || true").isEmpty()) {
      on(machine, SMI);
      // Docker looks for the hook when it starts.
      machine.reboot();
    }
    return machine;
  }

  @Test
  void eachRunHasDevicesOfItsOwnAndTheNextOneWaitsForItsTurn() {
    on(machine, "rm -f /tmp/go-on");
    assertThat(Objects.requireNonNull(machines.target("gpus").status().machine()).gpus())
        .containsExactly("Tesla K80", "Tesla K80");
    Run bare = bare("bare-gpu", 1);
    Run docker = docker("docker-gpu", "{enabled: true, shmSize: 16m, gpuSupport: true}");
    bare.awaitRunning();
    docker.awaitRunning();
    Run third = bare("third", 2, "  priority: 1");
    third.awaitReason("WaitingForGpu");
    assertThat(third.message()).contains("asks for 2 GPU").contains("hold 2 of the machine's 2");
    Run fourth = bare("fourth", 1);
    fourth.awaitReason("WaitingForGpu");
    String container = on(machine, "docker inspect " + backendId(docker));
    assertThat(container).contains("\"trainyard.dev/gpus\": ").contains("\"DeviceIDs\"");
    on(machine, "touch /tmp/go-on && docker exec " + backendId(docker) + " touch /tmp/go-on");
    Set<String> devices =
        Stream.of(bare, docker)
            .map(run -> run.awaitEnd(RunPhase.COMPLETED).lastLog())
            .collect(Collectors.toSet());
    assertThat(devices).containsExactlyInAnyOrder("0", "1");
    assertThat(third.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("0,1");
    assertThat(fourth.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("0");
    assertThat(third.status().startTime()).isLessThanOrEqualTo(fourth.status().startTime());
  }

  @Test
  void aRunThatAsksForMoreThanThereAreIsToldSo() {
    Run run = bare("too-many", 3);
    run.awaitReason("ComputeTargetNotReady");
    assertThat(run.message()).contains("asks for 3 GPU").contains("finds 2");
  }

  @Test
  void argumentsOfDockerThatSetLimitsReachTheContainerAndOthersAreRefused() {
    Run limited =
        machines.run(
            "limited",
            "gpus",
            """
            import os, resource
            print(resource.getrlimit(resource.RLIMIT_NOFILE), os.environ["TOLD"])
            """,
            """
            python: {userManagedDependencies: true}
            docker:
              enabled: true
              shmSize: 16m
              arguments: [--ulimit, 'nofile=512:512', "--env=TOLD=a b", --cap-drop=NET_RAW]
            """);
    assertThat(limited.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("(512, 512) a b");
    Run refused = docker("refused", "{enabled: true, arguments: ['--volume=/:/host']}");
    refused.awaitEnd(RunPhase.FAILED);
    assertThat(refused.reason()).isEqualTo("NotSupportedByTarget");
    assertThat(refused.message()).contains("'--volume'").contains("--cpus, --cpu-shares");
  }

  private Run bare(String name, int gpus, String... more) {
    var lines = new ArrayList<>(List.of(more));
    lines.add("resources: {gpu: " + gpus + "}");
    return machines.bare(name, "gpus", HOLDS.formatted("/tmp"), lines.toArray(String[]::new));
  }

  private Run docker(String name, String docker) {
    return machines.run(
        name,
        "gpus",
        HOLDS.formatted("/tmp"),
        "python: {userManagedDependencies: true}\ndocker: " + docker);
  }

  private static String backendId(Run run) {
    return List.copyOf(run.attempts()).getLast().backendId();
  }
}
