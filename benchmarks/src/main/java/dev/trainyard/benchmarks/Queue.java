package dev.trainyard.benchmarks;

import dev.trainyard.testbed.runs.ScriptRun;
import java.time.Duration;

/** 1,000 runs that wait for a target which takes one run at a time. */
final class Queue implements Scenario {
  private static final int RUNS = 1_000;
  private static final String SOURCE = "queued";
  private static final Duration IDLE = Duration.ofMinutes(1);

  @Override
  public void measure(Bench bench, Figures figures) throws InterruptedException {
    bench.createNowhere("maxConcurrentRuns: 1");
    bench.create(new ScriptRun("first", SOURCE, Bench.NOWHERE).saying(SOURCE));
    long begin = System.nanoTime();
    double before = bench.operator().requests();
    Bench.times(
        RUNS,
        number -> bench.create(new ScriptRun("queued-" + number, SOURCE, Bench.NOWHERE).run()));
    bench.operator().awaitQuiet();
    double requests = bench.operator().requests() - before;
    figures.put("1,000 queued runs: until all is quiet", Bench.millisSince(begin) / 1e3, "s");
    figures.put("1,000 queued runs: API requests a run", requests / RUNS, "");
    figures.put(
        "1,000 queued runs: Jobs",
        bench.client().batch().v1().jobs().inNamespace(bench.namespace()).list().getItems().size(),
        "",
        "1");
    figures.put("1,000 queued runs: resident memory", bench.operator().residentMegabytes(), "MB");
    figures.put(
        "1,000 queued runs: writes in an idle minute", bench.operator().writesIn(IDLE), "", "0");
  }
}
