package dev.trainyard.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Runs come and go while their operator is killed at random moments and another one takes over.
 * Each is executed once and completes, then nothing is written, and nothing is left of runs that
 * are deleted. {@code -Dtrainyard.randomKills.runs} and {@code -Dtrainyard.randomKills.seed} choose
 * how many runs, and which moments.
 */
@Isolated("takes the chart's operator away")
@Execution(ExecutionMode.SAME_THREAD)
class RandomKillsIT {
  private static final int RUNS = Integer.getInteger("trainyard.randomKills.runs", 10);
  private static final long SEED = Long.getLong("trainyard.randomKills.seed", System.nanoTime());
  private static final int AT_ONCE = 4;

  /** A whole minute where the figures are for a report, less in every build. */
  private static final Duration QUIET = Duration.ofSeconds(RUNS < 100 ? 10 : 60);

  /** Some lives end while the operator still starts. */
  private static final int LONGEST_START_MILLIS = 3_000;

  /**
   * The others end a while after their first write, so that runs go on also on a machine on which
   * an operator takes long to start.
   */
  private static final int LONGEST_LIFE_MILLIS = 5_000;

  private static FaultyYard yard;

  private final Random random = new Random(SEED);
  private final FaultPlan plan = FaultPlan.none();

  /** Runs that were made, and how many kills each lived through. */
  private final Map<String, Integer> kills = new TreeMap<>();

  private final Set<String> over = new HashSet<>();
  private int allKills;

  @BeforeAll
  static void begin() throws IOException {
    yard = new FaultyYard();
  }

  @AfterAll
  static void end() {
    yard.close();
  }

  @Test
  void runsAreExecutedOnceWheneverTheirOperatorIsKilled() throws IOException {
    Instant begin = Instant.now();
    say("%d runs, seed %d", RUNS, SEED);
    try (FaultyYard.Proxies proxies = yard.proxies(plan::decide)) {
      while (livesUntilKilled(proxies)) {
        allKills++;
        kills.replaceAll((run, lived) -> isOver(run) ? lived : lived + 1);
        assertThat(Duration.between(begin, Instant.now()))
            .as("runs go on, although operators come and go")
            .isLessThan(Duration.ofMinutes(5).plusSeconds(60L * RUNS));
      }
      Instant done = Instant.now();
      try (OperatorProcess last = proxies.operator("random")) {
        await().atMost(Duration.ofMinutes(1)).until(last::isUp);
        int writes = quietly();
        kills.keySet().forEach(yard::assertCompletedOnce);
        yard.assertJobsAndPods(RUNS);
        kills.keySet().forEach(yard::delete);
        yard.awaitNothingLeft();
        say(
            "%d kills in %d s; runs that lived through at least one: %d, the most through %d;"
                + " executions %d; writes in the %d quiet seconds: %d; left after deletion: 0",
            allKills,
            Duration.between(begin, done).toSeconds(),
            kills.values().stream().filter(lived -> lived > 0).count(),
            Collections.max(kills.values()),
            RUNS,
            QUIET.toSeconds(),
            writes);
      }
    }
    assertThat(allKills).isPositive();
  }

  /**
   * One life of an operator, which ends at a random moment.
   *
   * @return whether there are runs for another one
   */
  private boolean livesUntilKilled(FaultyYard.Proxies proxies) throws IOException {
    boolean early = random.nextInt(4) == 0;
    int longest = early ? LONGEST_START_MILLIS : LONGEST_LIFE_MILLIS;
    var life = Duration.ofMillis(random.nextInt(longest));
    int before = plan.writes().size();
    try (OperatorProcess operator = proxies.operator("random")) {
      if (!early) {
        patiently(operator)
            .until(() -> {
              keepBusy();
              return plan.writes().size() > before || areOver();
            });
      }
      Instant end = Instant.now().plus(life);
      patiently(operator)
          .until(() -> {
            keepBusy();
            return Instant.now().isAfter(end);
          });
    }
    return !areOver();
  }

  private static ConditionFactory patiently(OperatorProcess operator) {
    return await()
        .alias("an operator goes on: " + operator.log())
        .atMost(Duration.ofMinutes(3))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(100));
  }

  private boolean areOver() {
    return kills.size() == RUNS && kills.keySet().stream().allMatch(this::isOver);
  }

  private boolean isOver(String run) {
    if (!over.contains(run) && yard.isOver(run)) {
      over.add(run);
    }
    return over.contains(run);
  }

  private void keepBusy() {
    long busy = kills.keySet().stream().filter(run -> !isOver(run)).count();
    while (busy < AT_ONCE && kills.size() < RUNS) {
      String name = "random-%03d".formatted(kills.size() + 1);
      yard.apply(name);
      kills.put(name, 0);
      busy++;
    }
  }

  /** Waits while nothing is written; says how much was. */
  private int quietly() {
    int before = plan.writes().size();
    await().during(QUIET).atMost(QUIET.plusSeconds(10)).until(() -> plan.writes().size() == before);
    return plan.writes().size() - before;
  }

  private static void say(String format, Object... values) {
    System.out.println("random kills: " + format.formatted(values));
  }
}
