package dev.trainyard.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.testbed.faults.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Every write of a run's life, to the API server and to the registry: the operator is killed right
 * before it and right after it, and another one takes over. The script is executed once all the
 * same, and the run completes.
 */
@Isolated("takes the chart's operator away")
@Execution(ExecutionMode.SAME_THREAD)
class KilledOperatorIT {
  private static FaultyYard yard;

  @BeforeAll
  static void begin() throws IOException {
    yard = new FaultyYard();
  }

  @AfterAll
  static void end() {
    yard.close();
  }

  @TestFactory
  Stream<DynamicTest> aKillAtAnyWriteLeavesOneExecutionAndACompletedRun() throws IOException {
    lifecycle("warm-up", FaultPlan.none());
    FaultPlan undisturbed = FaultPlan.none();
    lifecycle("undisturbed", undisturbed);
    var cases = new ArrayList<DynamicTest>();
    int writes = undisturbed.writes().size();
    for (int number : IntStream.rangeClosed(1, writes).toArray()) {
      String what = number + " of " + writes + ": " + undisturbed.writes().get(number - 1);
      cases.add(
          killed("before-" + number, "killed before write " + what, number, Fault.Before::new));
      cases.add(killed("after-" + number, "killed after write " + what, number, Fault.After::new));
    }
    return cases.stream();
  }

  private static DynamicTest killed(
      String name, String description, int number, Function<Runnable, Fault> moment) {
    return DynamicTest.dynamicTest(
        description,
        () -> {
          var victim = new AtomicReference<OperatorProcess>();
          lifecycle(name, FaultPlan.at(number, moment.apply(() -> victim.get().kill())), victim);
        });
  }

  private static void lifecycle(String name, FaultPlan plan) throws IOException {
    lifecycle(name, plan, new AtomicReference<>());
  }

  private static void lifecycle(
      String name, FaultPlan plan, AtomicReference<OperatorProcess> current) throws IOException {
    try (FaultyYard.Proxies proxies = yard.proxies(plan::decide)) {
      List<OperatorProcess> operators = new ArrayList<>();
      try {
        operators.add(proxies.operator(name));
        current.set(operators.getLast());
        yard.apply(name);
        await()
            .atMost(Duration.ofMinutes(2))
            .pollInterval(Duration.ofMillis(100))
            .until(() -> yard.isOver(name) || !current.get().isAlive());
        if (!current.get().isAlive()) {
          assertThat(plan.hit()).as("ended by itself: %s", current.get().log()).isPresent();
          operators.add(proxies.operator(name));
          current.set(operators.getLast());
        }
        yard.awaitOver(name, current.get());
        yard.assertCompletedOnce(name);
      } finally {
        operators.forEach(OperatorProcess::close);
      }
    }
  }
}
