package dev.trainyard.benchmarks;

import dev.trainyard.testbed.install.DeployedOperator;
import java.util.ArrayList;
import java.util.List;

/** The time from the start of the operator's process to the end of its first reconcile. */
final class Startup implements Scenario {
  private static final int STARTS = 9;

  @Override
  public void measure(Bench bench, Figures figures) throws InterruptedException {
    // Something to reconcile.
    bench.createNowhere();
    var deployed = new DeployedOperator(bench.client());
    List<Double> plain = new ArrayList<>();
    List<Double> cached = new ArrayList<>();
    // In turns, since what else the machine does changes.
    for (int i = 0; i < STARTS; i++) {
      plain.add(start(bench, deployed, "-XX:AOTMode=off"));
      cached.add(start(bench, deployed, ""));
    }
    boolean hasCache = bench.operator().hasAotCache();
    figures.put("start to first reconcile, plain", Figures.median(plain), "s");
    if (hasCache) {
      double ratio = Figures.median(cached) / Figures.median(plain);
      figures.put("start to first reconcile, AOT cache", Figures.median(cached), "s");
      figures.put("start with AOT cache by plain start", ratio, "", "at most 0.6");
    }
  }

  private static double start(Bench bench, DeployedOperator deployed, String options)
      throws InterruptedException {
    deployed.rest();
    deployed.configure("JAVA_TOOL_OPTIONS", options);
    deployed.resume();
    return bench.operator().awaitFirstReconcileSeconds();
  }
}
