package dev.trainyard.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The steps of runs on a machine: the operator is killed at a write of each, in turn right before
 * and right after it, and another one takes over. A run in a container and one without are on their
 * way at the same time; each is executed once, completes with all that it left, and leaves nothing
 * on the machine.
 */
@Isolated("takes the chart's operator away")
@Execution(ExecutionMode.SAME_THREAD)
@DisabledIf(
    value = "dev.trainyard.e2e.machines.MachineYardExtension#clusterIsElsewhere",
    disabledReason = "the cluster does not reach the machines of this host")
class KilledOperatorOnMachineIT {
  private static final Predicate<Call> STATUS =
      call -> call.method().equals("PATCH") && call.target().contains("/trainingruns/");
  private static final Predicate<Call> IMAGE = call -> call.target().contains("/manifests/run-");
  private static final Predicate<Call> LOG = call -> call.target().contains("/manifests/log-");
  private static final Predicate<Call> OUTPUTS =
      call -> call.target().contains("/manifests/outputs-");

  private static final AtomicReference<FaultPlan> PLAN = new AtomicReference<>(FaultPlan.none());
  private static final List<OperatorProcess> OPERATORS = new ArrayList<>();

  private static FaultyYard yard;
  private static FaultyMachine machine;
  private static FaultyYard.Proxies proxies;

  @BeforeAll
  static void begin() throws IOException, InterruptedException {
    yard = new FaultyYard();
    proxies = yard.proxies(call -> PLAN.get().decide(call));
    machine = new FaultyMachine(yard);
    OPERATORS.add(proxies.operator("machine"));
  }

  @AfterAll
  static void end() throws IOException, InterruptedException {
    OPERATORS.forEach(OperatorProcess::close);
    proxies.close();
    yard.close();
    machine.close();
  }

  @TestFactory
  Stream<DynamicTest> aKillAtAnyStepLeavesOneExecutionAndACompletedRun()
      throws IOException, InterruptedException {
    lifecycle("warm-up", FaultPlan.none());
    FaultPlan undisturbed = FaultPlan.none();
    lifecycle("undisturbed", undisturbed);
    var cases = new ArrayList<DynamicTest>();
    cases.add(killed("before the first log is stored", LOG, 1, Fault.Before::new));
    cases.add(killed("after the first log is stored", LOG, 1, Fault.After::new));
    cases.add(killed("before the last outputs are stored", OUTPUTS, 2, Fault.Before::new));
    cases.add(killed("after the last outputs are stored", OUTPUTS, 2, Fault.After::new));
    int first = statusesBeforeTheImage(undisturbed.writes());
    int last = (int) undisturbed.count(STATUS);
    for (int number = first + 1; number <= last; number++) {
      boolean before = number % 2 == 0;
      String what = (before ? "before" : "after") + " status " + number + " of " + last;
      cases.add(killed(what, STATUS, number, before ? Fault.Before::new : Fault.After::new));
    }
    cases.add(DynamicTest.dynamicTest("nothing is left on the machine", machine::awaitNothingLeft));
    return cases.stream();
  }

  /** What comes before has nothing to do with machines. */
  private static int statusesBeforeTheImage(List<Call> writes) {
    int statuses = 0;
    for (Call write : writes) {
      if (IMAGE.test(write)) {
        return statuses;
      }
      statuses += STATUS.test(write) ? 1 : 0;
    }
    throw new AssertionError("no run image was written: " + writes);
  }

  private static DynamicTest killed(
      String what, Predicate<Call> which, int number, Function<Runnable, Fault> moment) {
    return DynamicTest.dynamicTest(
        "killed " + what,
        () ->
            lifecycle(
                what.replace(' ', '-'),
                FaultPlan.at(which, number, moment.apply(() -> OPERATORS.getLast().kill()))));
  }

  /** The operator that one story leaves is the one that the next begins with. */
  private static void lifecycle(String name, FaultPlan plan)
      throws IOException, InterruptedException {
    PLAN.set(plan);
    machine.apply(name);
    await()
        .alias("the runs of " + name + " are over, or the operator is killed")
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> machine.areOver(name) || !OPERATORS.getLast().isAlive());
    if (!OPERATORS.getLast().isAlive()) {
      assertThat(plan.hit()).as("ended by itself: %s", lastWords()).isPresent();
      OPERATORS.getLast().close();
      OPERATORS.add(proxies.operator("machine"));
    }
    await()
        .alias("the runs of " + name + " are over; the operator says: " + lastWords())
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> machine.areOver(name));
    machine.assertCompletedOnce(name);
  }

  private static String lastWords() {
    String log = OPERATORS.getLast().log();
    return log.substring(Math.max(0, log.length() - 4_000));
  }
}
