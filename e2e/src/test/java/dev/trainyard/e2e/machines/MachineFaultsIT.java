package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** Whatever happens to machine, connection or operator: one execution, and the right end. */
@OnMachines
@Isolated
@Execution(ExecutionMode.SAME_THREAD)
class MachineFaultsIT {
  /** A script that says who it is once, and ends when it is let go. */
  private static final String LATCH =
      """
      import os, time
      print("execution", flush=True)
      while not os.path.exists("/tmp/go-%1$s"):
          time.sleep(0.2)
      print("done")
      """;

  private final MachineYard machines;
  private final Machine machine;

  MachineFaultsIT(MachineYard machines) {
    this.machines = machines;
    this.machine = machines.machine("faulty");
    machines.attached("faulty", machine);
  }

  @Test
  void anOperatorThatIsKilledInMidRunAdoptsWhatItStarted() {
    Run docker = machines.docker("adopted", "faulty", LATCH.formatted(latch("a")));
    Run bare = machines.bare("adopted-bare", "faulty", LATCH.formatted(latch("b")));
    docker.awaitRunning();
    bare.awaitRunning();
    machines.yard().operator().kill();
    letGo(docker, "a");
    on(machine, "touch /tmp/go-" + latch("b"));
    assertEndedOnce(docker);
    assertEndedOnce(bare);
  }

  @Test
  void anOperatorThatIsKilledWhileTheMachineGetsTheRunStartsItOnce() {
    Machine fresh = machines.machine("fresh");
    machines.attached("fresh", fresh);
    Run run = machines.docker("killed-early", "fresh", "print('execution\\ndone')");
    run.await("is being submitted", r -> r.getStatus() != null && r.getStatus().attempts() != null);
    machines.yard().operator().kill();
    run.await(
        "is pulled or begins",
        r ->
            on(fresh, "docker images -q; docker ps -aq").lines().findAny().isPresent()
                || Run.isOver(r));
    machines.yard().operator().kill();
    assertEndedOnce(run);
  }

  @Test
  void aDeadlineHoldsWhileThereIsNoOperator() {
    String script =
        "import subprocess\nprint('execution', flush=True)\nsubprocess.run(['sleep', '%s'])";
    Run docker =
        machines.docker("alone", "faulty", script.formatted("7701"), "  maxRunDurationSeconds: 15");
    Run bare =
        machines.bare(
            "alone-bare", "faulty", script.formatted("7702"), "  maxRunDurationSeconds: 15");
    docker.awaitRunning();
    bare.awaitRunning();
    machines.yard().operator().scaleToNothing("operator");
    try {
      eventually(
          "the scripts are ended",
          () -> on(machine, "pgrep -f '[s]leep 770[12]' || true").isEmpty());
    } finally {
      machines.yard().operator().scaleBack("operator");
    }
    for (Run run : new Run[] {docker, bare}) {
      run.awaitEnd(RunPhase.FAILED);
      assertThat(run.reason()).as(run::report).isEqualTo("DeadlineExceeded");
    }
  }

  @Test
  void connectionsThatAreCutInTheMiddleOfCommandsAreMadeAnew() {
    Run docker = machines.docker("cut", "faulty", LATCH.formatted(latch("c")));
    Run bare = machines.bare("cut-bare", "faulty", LATCH.formatted(latch("d")));
    for (int cuts = 0; cuts < 8; cuts++) {
      on(machine, "pkill -KILL -f '^[s]shd: azureuser' ; sleep 1");
    }
    docker.awaitRunning();
    bare.awaitRunning();
    letGo(docker, "c");
    on(machine, "pkill -KILL -f '^[s]shd: azureuser'; touch /tmp/go-" + latch("d"));
    assertEndedOnce(docker);
    assertEndedOnce(bare);
  }

  @Test
  void aNetworkThatIsGoneForAMinuteLeavesTheRunRunning() throws Exception {
    Run run = machines.docker("unplugged", "faulty", LATCH.formatted(latch("e")));
    run.awaitRunning();
    machine.cutNetwork();
    try {
      run.awaitReason("MachineUnreachable");
      assertThat(run.status().phase()).isEqualTo(RunPhase.RUNNING);
      machines.target("faulty").awaitReason("HostUnreachable");
      letGo(run, "e");
    } finally {
      machine.mendNetwork();
    }
    assertEndedOnce(run);
    machines.target("faulty").awaitReason("Ready");
  }

  @Test
  void aMachineThatIsRestartedIsToldApartFromAScriptThatFails() throws Exception {
    Run docker = machines.docker("rebooted", "faulty", LATCH.formatted(latch("f")));
    Run bare = machines.bare("rebooted-bare", "faulty", LATCH.formatted(latch("g")));
    Run once =
        machines.docker(
            "not-again",
            "faulty",
            LATCH.formatted(latch("h")),
            "retryPolicy: {infrastructureRetries: 0}");
    Stream.of(docker, bare, once).forEach(Run::awaitRunning);
    machine.reboot();
    once.awaitEnd(RunPhase.FAILED);
    assertThat(once.reason()).as(once::report).isEqualTo("InfrastructureLost");
    for (Run run : new Run[] {docker, bare}) {
      run.await("is tried again", r -> Run.isOver(r) || run.attempts().size() == 2);
      run.awaitRunning();
      assertThat(run.attempts().getFirst().reason())
          .as(run::report)
          .isEqualTo("InfrastructureLost");
    }
    letGo(docker, "f");
    on(machine, "touch /tmp/go-" + latch("g"));
    for (Run run : new Run[] {docker, bare}) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(status.attempts()).as(run::report).hasSize(2);
      assertThat(status.lastLog()).isEqualTo("execution\ndone");
    }
  }

  @Test
  void aContainerThatSomebodyKillsFailsItsRunAndSaysSo() {
    Run run = machines.docker("killed", "faulty", LATCH.formatted(latch("i")));
    run.awaitRunning();
    on(machine, "docker kill " + backendId(run));
    assertThat(run.awaitEnd(RunPhase.FAILED).exitCode()).isEqualTo(137);
    assertThat(run.reason()).isEqualTo("ScriptFailed");
    assertThat(run.message()).contains("as when something kills it");
  }

  @Test
  void aSupervisorThatSomebodyKillsIsAMatterOfTheMachine() {
    Run run =
        machines.bare(
            "orphaned",
            "faulty",
            LATCH.formatted(latch("j")),
            "retryPolicy: {infrastructureRetries: 0}");
    run.awaitRunning();
    on(machine, "pkill -KILL -s $(cat /home/azureuser/.trainyard/runs/" + backendId(run) + "/pid)");
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).as(run::report).isEqualTo("InfrastructureLost");
    assertThat(run.message()).contains("supervisor was killed");
  }

  @Test
  void anEngineThatEndsItsContainersAsItComesBackIsToBlameAndTheRunIsTriedAgain() {
    Run run = machines.docker("engine", "faulty", LATCH.formatted(latch("k")));
    run.awaitRunning();
    on(machine, "kill -KILL $(cat /var/run/docker.pid)");
    machines.target("faulty").awaitReason("DockerUnavailable");
    on(
        machine,
        "rm -f /var/run/docker.pid; setsid "
            + dockerd()
            + " > /var/log/dockerd.log 2>&1 < /dev/null &");
    machines.target("faulty").awaitReason("Ready");
    eventually("attempt 2 runs", () -> run.attempts().size() == 2 && runs(backendId(run)));
    letGo(run, "k");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.attempts()).as(run::report).hasSize(2);
    Attempt first = run.attempts().getFirst();
    assertThat(first.reason()).isEqualTo("InfrastructureLost");
    assertThat(first.message()).contains("Docker engine", "started anew");
    assertThat(status.lastLog()).isEqualTo("execution\ndone");
  }

  private boolean runs(String container) {
    return !on(machine, "docker ps -q --filter name=" + container).isBlank();
  }

  static String dockerd() {
    return "dockerd --exec-opt native.cgroupdriver=cgroupfs --oom-score-adjust=0";
  }

  /** A machine outlives the test, and so do its files. */
  private String latch(String name) {
    return machines.yard().namespace() + "-" + name;
  }

  private void letGo(Run run, String latch) {
    on(machine, "docker exec " + backendId(run) + " touch /tmp/go-" + latch(latch));
  }

  private static void assertEndedOnce(Run run) {
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.attempts()).as(run::report).hasSize(1);
    assertThat(status.lastLog()).as(run::report).isEqualTo("execution\ndone");
  }

  private static void eventually(String what, Callable<Boolean> condition) {
    Awaitility.await(what).atMost(Duration.ofMinutes(2)).until(condition);
  }

  private static String backendId(Run run) {
    return run.attempts().getLast().backendId();
  }
}
