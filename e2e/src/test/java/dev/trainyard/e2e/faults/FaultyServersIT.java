package dev.trainyard.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The API server and the registry refuse, lose and delay what the operator asks of them, again and
 * again. Every run completes all the same, each executed once, and afterwards nothing is written.
 */
@Isolated("takes the chart's operator away")
@Execution(ExecutionMode.SAME_THREAD)
class FaultyServersIT {
  private static final int RUNS = 4;
  private static final String BODY =
      """
      {"kind":"Status","apiVersion":"v1","status":"Failure","message":"fault","code":%d}\
      """;

  private static FaultyYard yard;

  @BeforeAll
  static void begin() throws IOException {
    yard = new FaultyYard();
  }

  @AfterAll
  static void end() {
    yard.close();
  }

  @Test
  void writesThatFailInsideTheServerAreRepeated() throws IOException {
    runsComplete("inside", every(3, Call::isWrite, answer(500)));
  }

  @Test
  void writesOfAServerThatIsNotUpAreRepeated() throws IOException {
    runsComplete("not-up", every(3, Call::isWrite, answer(503)));
  }

  @Test
  void tooManyRequestsAreRepeatedLater() throws IOException {
    runsComplete("too-many", every(3, Call::isWrite, answer(429)));
  }

  @Test
  void conflictsAreResolvedWithWhatIsThere() throws IOException {
    runsComplete("conflict", every(3, call -> call.method().equals("PATCH"), answer(409)));
  }

  @Test
  void writesWhoseAnswerIsLostAreNotDoneTwice() throws IOException {
    runsComplete("lost", every(3, Call::isWrite, Fault.answerLost()));
  }

  @Test
  void readsThatNeverArriveAreRepeated() throws IOException {
    runsComplete("reads", every(3, call -> !call.isWrite() && !call.isWatch(), Fault.dropped()));
  }

  @Test
  void slowAnswersDelayAndBreakNothing() throws IOException {
    runsComplete("slow", every(2, call -> !call.isWatch(), new Fault.Late(Duration.ofMillis(700))));
  }

  @Test
  void watchesThatEndAreOpenedAgainWithoutMissingWhatHappened() throws IOException {
    String name = "watches";
    try (FaultyYard.Proxies proxies = yard.proxies(call -> Fault.NONE);
        OperatorProcess operator = proxies.operator(name)) {
      IntStream.range(0, RUNS).forEach(i -> yard.apply(name + i));
      await()
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofSeconds(3))
          .untilAsserted(() -> {
            proxies.api().cut();
            IntStream.range(0, RUNS).forEach(i -> yard.assertOver(name + i, operator));
          });
      IntStream.range(0, RUNS).forEach(i -> yard.assertCompletedOnce(name + i));
    }
  }

  @Test
  void finishedRunsCauseNoWritesInAMinute() throws IOException {
    FaultPlan plan = FaultPlan.none();
    try (FaultyYard.Proxies proxies = yard.proxies(plan::decide);
        OperatorProcess operator = proxies.operator("idle")) {
      yard.apply("idle");
      yard.awaitOver("idle", operator);
      int before = plan.writes().size();
      await()
          .during(Duration.ofSeconds(60))
          .atMost(Duration.ofSeconds(70))
          .until(() -> plan.writes().size() == before);
      List<Call> after = plan.writes().subList(before, plan.writes().size());
      assertThat(after).isEmpty();
    }
  }

  private static void runsComplete(String name, Function<Call, Fault> faults) throws IOException {
    try (FaultyYard.Proxies proxies = yard.proxies(faults);
        OperatorProcess operator = proxies.operator(name)) {
      IntStream.range(0, RUNS).forEach(i -> yard.apply(name + i));
      IntStream.range(0, RUNS).forEach(i -> yard.awaitOver(name + i, operator));
      IntStream.range(0, RUNS).forEach(i -> yard.assertCompletedOnce(name + i));
    }
  }

  private static Function<Call, Fault> every(
      int nth, java.util.function.Predicate<Call> which, Fault fault) {
    var count = new AtomicInteger();
    return call -> which.test(call) && count.incrementAndGet() % nth == 0 ? fault : Fault.NONE;
  }

  private static Fault answer(int status) {
    return new Fault.Answer(status, BODY.formatted(status));
  }
}
