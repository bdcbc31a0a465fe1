package dev.trainyard.benchmarks;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.install.DeployedOperator;
import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;

/**
 * Resident memory of the operator when it has nothing to do, and with 1,000 runs that are over;
 * they have the status of one that was carried through.
 */
final class Memory implements Scenario {
  private static final int RUNS = 1_000;
  private static final Duration IDLE = Duration.ofMinutes(1);

  @Override
  public void measure(Bench bench, Figures figures) throws InterruptedException {
    TrainingRun over = bench.carryThrough("pattern");
    var deployed = new DeployedOperator(bench.client());
    deployed.rest();
    deployed.resume();
    bench.operator().awaitQuiet();
    figures.put("resident memory, idle", bench.operator().residentMegabytes(), "MB");
    deployed.rest();
    Bench.times(RUNS, number -> create(bench, over, number));
    deployed.resume();
    bench.operator().awaitQuiet();
    figures.put("resident memory, 1,000 finished runs", bench.operator().residentMegabytes(), "MB");
    figures.put(
        "writes in an idle minute, 1,000 finished runs", bench.operator().writesIn(IDLE), "", "0");
  }

  private static void create(Bench bench, TrainingRun over, int number) {
    bench.create(new ScriptRun("over-" + number, "pattern", "local").run());
    bench
        .run("over-" + number)
        .editStatus(run -> {
          run.setStatus(Serialization.clone(over).getStatus());
          return run;
        });
  }
}
