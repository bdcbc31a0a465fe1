package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static dev.trainyard.e2e.machines.MachineYard.pin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Runs on a machine end as their scripts do, and leave nothing on it. */
@OnMachines
class MachineRunsIT {
  private static final String SLEEP =
      "import subprocess, time\nprint('begun')\nsubprocess.Popen(['sleep', '%s'])\ntime.sleep(600)";

  private final MachineYard machines;
  private final Machine one;

  MachineRunsIT(MachineYard machines) {
    this.machines = machines;
    this.one = machines.machine("one");
    machines.attached("one", one);
  }

  @Test
  void aContainerHasTheLimitsOfItsRunAndIsGoneAfterwards() {
    Run run =
        machines.docker(
            "limits",
            "one",
            """
            import os
            print(os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize)
            print(open("/proc/self/status").read().split("CapEff:")[1].split()[0])
            """,
            "resources: {cpu: 500m, memory: 64Mi}");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.lastLog()).isEqualTo("16777216\n0000000000000000");
    assertThat(status.exitCode()).isZero();
    awaitNothingLeft(run);
  }

  @Test
  void aScriptWithoutDockerUsesTheMachinesInterpreterAndLeavesNoFolder() {
    Run run =
        machines.bare(
            "bare",
            "one",
            """
            import os, sys
            print(os.path.basename(os.getcwd()), os.path.exists("train.py"), os.environ["USER"] if "USER" in os.environ else "")
            print(sys.argv[1:], os.environ["HOME"])
            """,
            "arguments: [\"a b\", \"$(touch /tmp/hacked)\", \"'; touch /tmp/hacked; '\"]");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.lastLog())
        .startsWith("azureml-run True")
        .contains("['a b', '$(touch /tmp/hacked)', \"'; touch /tmp/hacked; '\"] /home/azureuser");
    assertThat(on(one, "ls /tmp")).doesNotContain("hacked");
    awaitNothingLeft(run);
  }

  @Test
  void anExitCodeIsToldAsItIsWithAndWithoutDocker() {
    Run docker = machines.docker("fails", "one", "print('why'); raise SystemExit(7)");
    Run bare = machines.bare("fails-bare", "one", "print('why'); raise SystemExit(8)");
    assertThat(docker.awaitEnd(RunPhase.FAILED).exitCode()).isEqualTo(7);
    assertThat(bare.awaitEnd(RunPhase.FAILED).exitCode()).isEqualTo(8);
    assertThat(docker.reason()).isEqualTo("ScriptFailed");
    assertThat(bare.reason()).isEqualTo("ScriptFailed");
    assertThat(docker.status().lastLog()).isEqualTo("why");
    assertThat(bare.status().lastLog()).isEqualTo("why");
  }

  @Test
  void aScriptThatUsesTooMuchMemoryIsToldApart() {
    Run run =
        machines.docker("greedy", "one", "x = bytearray(300 << 20)", "resources: {memory: 48Mi}");
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).isEqualTo("OutOfMemory");
    assertThat(run.message()).contains("resources.memory");
  }

  @Test
  void aCanceledContainerRunsNoMoreWhenTheRunIsCanceled() {
    Run run = machines.docker("cancel", "one", SLEEP.formatted("8801"));
    run.awaitRunning();
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> runs("sleep 8801"));
    run.cancel();
    TrainingRunStatus status = run.awaitEnd(RunPhase.CANCELED);
    assertThat(runs("sleep 8801")).as(run::report).isFalse();
    assertThat(on(one, "docker ps -q --filter name=" + backendId(run))).isEmpty();
    assertThat(status.lastLog()).isEqualTo("begun");
    awaitNothingLeft(run);
  }

  @Test
  void aCanceledProcessGroupRunsNoMoreWhenTheRunIsCanceled() {
    Run run = machines.bare("cancel-bare", "one", SLEEP.formatted("8802"));
    run.awaitRunning();
    Awaitility.await().atMost(Duration.ofMinutes(2)).until(() -> runs("sleep 8802"));
    run.cancel();
    run.awaitEnd(RunPhase.CANCELED);
    assertThat(runs("sleep 8802")).as(run::report).isFalse();
    awaitNothingLeft(run);
  }

  @Test
  void aDeadlineEndsTheScriptOnTheMachine() {
    Run docker =
        machines.docker("late", "one", SLEEP.formatted("8803"), "  maxRunDurationSeconds: 4");
    Run bare =
        machines.bare("late-bare", "one", SLEEP.formatted("8804"), "  maxRunDurationSeconds: 4");
    for (Run run : new Run[] {docker, bare}) {
      run.awaitEnd(RunPhase.FAILED);
      assertThat(run.reason()).as(run::report).isEqualTo("DeadlineExceeded");
      assertThat(run.message()).contains("maxRunDurationSeconds, 4");
    }
    assertThat(runs("sleep 8803")).isFalse();
    assertThat(runs("sleep 8804")).isFalse();
  }

  @Test
  void aPasswordOpensAMachineForARun() {
    machines
        .attach(
            "password",
            one.address(),
            "username: azureuser\npasswordSecretRef: {name: one, key: password}\n" + pin(one))
        .awaitReason("Ready");
    machines.docker("with-password", "password", "print(1)").awaitEnd(RunPhase.COMPLETED);
  }

  @Test
  void aKeyWithAPassphraseOpensAMachine() {
    on(one, "rm -rf /tmp/locked && mkdir /tmp/locked");
    on(one, "ssh-keygen -q -t rsa -b 2048 -N 'open sesame' -f /tmp/locked/key");
    on(one, "cat /tmp/locked/key.pub >> /home/azureuser/.ssh/authorized_keys");
    machines
        .yard()
        .secret(
            "locked",
            Map.of("key", on(one, "cat /tmp/locked/key") + "\n", "passphrase", "open sesame"));
    String endpoint =
        "username: azureuser\nprivateKeySecretRef: {name: locked, key: key}\n" + pin(one);
    Target target = machines.attach("locked", one.address(), endpoint);
    target.awaitReason("PrivateKeyInvalid");
    assertThat(target.message()).contains("passphraseSecretRef");
    machines.attach(
        "locked",
        one.address(),
        endpoint + "\npassphraseSecretRef: {name: locked, key: passphrase}");
    target.awaitReason("Ready");
  }

  @Test
  void aMachineBehindABastionTakesRunsThatPullThroughIt() {
    Machine bastion = machines.machine("two");
    Machine hidden = machines.machine("one");
    Target target =
        machines.attach(
            "hidden",
            hidden.address(),
            """
            username: azureuser
            privateKeySecretRef: {name: one, key: key}
            %s
            bastion:
              address: %s
              username: plain
              privateKeySecretRef: {name: one, key: key}
              %s
            """
                .formatted(pin(hidden), bastion.address(), pin(bastion)));
    target.awaitReason("Ready");
    machines.docker("through", "hidden", "print('through')").awaitEnd(RunPhase.COMPLETED);
    assertThat(on(bastion, "docker ps -aq")).isEmpty();
  }

  @Test
  void aDeletedRunLeavesNothingOnTheMachine() {
    Run run = machines.docker("deleted", "one", SLEEP.formatted("8805"));
    run.awaitRunning();
    String container = backendId(run);
    run.delete();
    Awaitility.await("the container of the deleted run is gone")
        .atMost(Duration.ofSeconds(90))
        .until(() -> on(one, "docker ps -aq --filter name=" + container).isEmpty());
    assertThat(runs("sleep 8805")).isFalse();
  }

  private boolean runs(String command) {
    return !on(one, "pgrep -fx '" + command + "' || true").isEmpty();
  }

  private void awaitNothingLeft(Run run) {
    String name = backendId(run);
    Awaitility.await("what the run left is taken away")
        .atMost(Duration.ofSeconds(90))
        .until(() ->
            on(
                    one,
                    "docker ps -aq --filter name="
                        + name
                        + "; ls -d /home/azureuser/.trainyard/runs/"
                        + name
                        + " 2>/dev/null || true")
                .isEmpty());
  }

  private static String backendId(Run run) {
    return run.attempts().getLast().backendId();
  }
}
