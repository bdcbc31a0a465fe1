package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.faults.FaultPlan;
import dev.trainyard.e2e.faults.FaultyYard;
import dev.trainyard.e2e.faults.OperatorProcess;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.e2e.runs.StoredHistory;
import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import dev.trainyard.testbed.machine.Machine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Every write of the life of a run on a machine, to the API server, to the registry and to the
 * machine: the operator is killed right before it or right after it, and another one takes over.
 * The script is executed once all the same, what it left is stored, and nothing of it stays. All of
 * them take a quarter of an hour, with the system property {@value #ALL}; else it is every second
 * write and the kill after it, which mostly is the one before the next with fewer questions asked.
 */
@OnMachines
@Isolated("takes the chart's operator away")
@Execution(ExecutionMode.SAME_THREAD)
class KilledOperatorOnMachineIT {
  private static final String ALL = "trainyard.machineKills.all";

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** An operator looks at a machine every half a minute. */
  private static final Duration QUIET = Duration.ofSeconds(40);

  /**
   * One line for each thing of a run: containers, folders, processes (in a container they have the
   * same user) and ports that are lent.
   */
  private static final String LEFT =
      """
      docker ps -aq
      ls -A /home/azureuser/.trainyard/runs 2>/dev/null
      pgrep -a -u azureuser | grep -v ' sshd: '
      ss -Htlnp 'src 127.0.0.1' | grep sshd
      true
      """;

  private static FaultyYard yard;
  private static MachineYard machines;
  private static Machine machine;
  private static StoredHistory history;

  @BeforeAll
  static void begin(MachineYard all) throws IOException {
    machines = all;
    machine = all.machine("gated");
    MachineGate.install(machine);
    all.attached("gated", machine);
    history = new StoredHistory(all.yard());
    yard = new FaultyYard(all.yard().namespace());
  }

  @AfterAll
  static void end() {
    yard.close();
  }

  @TestFactory
  Stream<DynamicTest> aKillAtAnyWriteOfARunInAContainerLeavesOneExecution() throws IOException {
    return kills(Way.DOCKER);
  }

  @TestFactory
  Stream<DynamicTest> aKillAtAnyCommandOfARunWithoutDockerLeavesOneExecution() throws IOException {
    return kills(Way.BARE);
  }

  private static Stream<DynamicTest> kills(Way way) throws IOException {
    lifecycle(way, "warm-up", FaultPlan.none());
    FaultPlan undisturbed = FaultPlan.none();
    lifecycle(way, "undisturbed", undisturbed);
    var cases = new ArrayList<DynamicTest>();
    int writes = undisturbed.writes().size();
    assertThat(writes).isPositive();
    System.out.println("kills of a run, " + way + ": " + undisturbed.writes());
    boolean all = Boolean.getBoolean(ALL);
    for (int number = 1; number <= writes; number += all ? 1 : 2) {
      String what = number + " of " + writes + ": " + undisturbed.writes().get(number - 1);
      if (all) {
        cases.add(killed(way, "before", number, what, Fault.Before::new));
      }
      cases.add(killed(way, "after", number, what, Fault.After::new));
    }
    cases.add(
        DynamicTest.dynamicTest(
            "nothing is written once they are over", () -> assertNothingIsWritten(way)));
    return cases.stream();
  }

  private static void assertNothingIsWritten(Way way) throws IOException {
    FaultPlan plan = FaultPlan.none();
    try (FaultyYard.Proxies proxies = yard.proxies(plan::decide);
        MachineGate gate = MachineGate.asking(machine, plan::decide);
        OperatorProcess operator = proxies.operator(way.name() + "-idle")) {
      await().atMost(Duration.ofMinutes(1)).until(operator::isUp);
      await().during(QUIET).atMost(QUIET.plusSeconds(10)).until(() -> plan.writes().isEmpty());
      assertThat(plan.writes()).isEmpty();
    }
  }

  private static DynamicTest killed(
      Way way, String when, int number, String what, Function<Runnable, Fault> moment) {
    return DynamicTest.dynamicTest(
        "killed " + when + " write " + what,
        () -> {
          var victim = new AtomicReference<OperatorProcess>();
          var plan = FaultPlan.at(number, moment.apply(() -> victim.get().kill()));
          lifecycle(way, when + "-" + number, plan, victim);
        });
  }

  private static void lifecycle(Way way, String name, FaultPlan plan) throws IOException {
    lifecycle(way, name, plan, new AtomicReference<>());
  }

  private static void lifecycle(
      Way way, String title, FaultPlan plan, AtomicReference<OperatorProcess> current)
      throws IOException {
    String name = way.name().toLowerCase(Locale.ROOT) + "-" + title;
    String begin = on(machine, "date +%s.%N");
    try (FaultyYard.Proxies proxies =
            yard.proxies(call -> way.concerns(call) ? plan.decide(call) : Fault.NONE);
        MachineGate gate = MachineGate.asking(machine, plan::decide)) {
      List<OperatorProcess> operators = new ArrayList<>();
      try {
        operators.add(proxies.operator(name));
        current.set(operators.getLast());
        Run run = way.run(name);
        awaitOverAndGone(run, current.get());
        if (!current.get().isAlive()) {
          assertThat(plan.hit()).as("ended by itself: %s", current.get().log()).isPresent();
          operators.add(proxies.operator(name));
          current.set(operators.getLast());
          awaitOverAndGone(run, current.get());
        }
        assertCompletedOnce(run);
        assertThat(way.executions(name, begin)).as("executions").isEqualTo(1);
      } finally {
        operators.forEach(OperatorProcess::close);
      }
    }
  }

  /** The two ways to run a script on a machine. */
  private enum Way {
    DOCKER {
      @Override
      Run run(String name) {
        return machines.docker(name, "gated", script(name));
      }

      // Nobody sees a blob in the registry until a manifest names it.
      @Override
      boolean concerns(Call call) {
        return call.server().equals("kubernetes") || call.target().contains("/manifests/");
      }

      // As often as the engine says that a container was started in a time that is over.
      @Override
      long executions(String name, String begin) {
        String events = "docker events --filter event=start --format '{{.ID}}'";
        return on(machine, events + " --since " + begin + " --until $(date +%s.%N)")
            .lines()
            .count();
      }
    },
    BARE {
      @Override
      Run run(String name) {
        return machines.bare(name, "gated", script(name));
      }

      // The others are the same as with Docker.
      @Override
      boolean concerns(Call call) {
        return false;
      }

      @Override
      long executions(String name, String begin) {
        return on(machine, "cat /tmp/executions-" + name).length();
      }
    };

    abstract Run run(String name);

    /** Whether a write to the API server or the registry counts. */
    abstract boolean concerns(Call call);

    abstract long executions(String name, String begin);
  }

  /** Waits until there is nothing to do for the run any more, or nobody who would do it. */
  private static void awaitOverAndGone(Run run, OperatorProcess operator) {
    try {
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> !operator.isAlive() || (Run.isOver(run.get()) && on(machine, LEFT).isEmpty()));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "left on the machine:\n" + on(machine, LEFT) + "\n" + operator.log() + run.report(), e);
    }
  }

  /** No two have the same snapshot, so that each is pulled. */
  private static String script(String name) {
    return """
    open("/tmp/executions-%1$s", "a").write("x")
    print("execution %1$s")
    print("Attempted to log scalar metric loss:")
    print(0.5)
    open("outputs/model", "w").write("%1$s")
    """
        .formatted(name);
  }

  private static void assertCompletedOnce(Run run) {
    TrainingRunStatus status = run.status();
    assertThat(status.phase()).as(run::report).isEqualTo(RunPhase.COMPLETED);
    assertThat(status.attempts()).as(run::report).hasSize(1);
    String name = run.name();
    assertThat(status.lastLog()).startsWith("execution " + name);
    assertThat(status.metrics()).as(run::report).containsEntry("loss", "0.5");
    assertThat(history.text(status.log(), "train.log"))
        .isEqualTo("execution " + name + "\nAttempted to log scalar metric loss:\n0.5\n");
    assertThat(history.file(status.outputs(), "outputs", "outputs/model")).isEqualTo(name);
  }
}
