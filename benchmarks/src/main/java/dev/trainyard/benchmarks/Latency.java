package dev.trainyard.benchmarks;

import dev.trainyard.testbed.runs.ScriptRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Runs one after the other, and what each waits for. The first one, which brings the base image to
 * registry and node, does not count.
 */
final class Latency implements Scenario {
  private static final int RUNS = 20;

  private final List<Long> toJob = new ArrayList<>();
  private final List<Long> toStart = new ArrayList<>();
  private final List<Long> toEnd = new ArrayList<>();

  @Override
  public void measure(Bench bench, Figures figures) {
    bench.carryThrough("warm-up");
    double before = bench.operator().requests();
    for (int i = 0; i < RUNS; i++) {
      run(bench, "run-" + i);
    }
    double requests = (bench.operator().requests() - before) / RUNS;
    figures.percentiles("apply to Job", toJob);
    figures.percentiles("apply to script start", toStart);
    figures.percentiles("apply to end of the run", toEnd);
    figures.put("API requests per run", requests, "", "at most 30");
  }

  private void run(Bench bench, String name) {
    long begin = System.nanoTime();
    bench.create(ScriptRun.named(name).saying(name));
    String uid = bench.run(name).get().getMetadata().getUid();
    bench
        .client()
        .batch()
        .v1()
        .jobs()
        .inNamespace(bench.namespace())
        .withLabel("trainyard.dev/run-uid", uid)
        .waitUntilCondition(Objects::nonNull, Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    toJob.add(Bench.millisSince(begin));
    bench
        .client()
        .pods()
        .inNamespace(bench.namespace())
        .withLabel("trainyard.dev/run-uid", uid)
        .waitUntilCondition(Bench::hasBegun, Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    toStart.add(Bench.millisSince(begin));
    bench.awaitOver(name);
    toEnd.add(Bench.millisSince(begin));
  }
}
