package dev.trainyard.benchmarks;

import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * 300 runs of one source at once, until the last one has its Job, and the same 300 Jobs made by a
 * client that does nothing else. No node takes their pods.
 */
final class Burst implements Scenario {
  private static final int RUNS = 300;
  private static final String SOURCE = "burst";

  @Override
  public void measure(Bench bench, Figures figures) throws InterruptedException {
    bench.createNowhere();
    bench.create(new ScriptRun("first", SOURCE, Bench.NOWHERE).saying(SOURCE));
    Job pattern = awaitFirst(bench);
    double operator =
        rate(
            bench,
            number -> bench.create(new ScriptRun("burst-" + number, SOURCE, Bench.NOWHERE).run()));
    // Both begin with a cluster that is as full.
    clear(bench);
    double bare = rate(bench, number -> create(bench, pattern, number));
    figures.put(RUNS + " runs at once: Jobs a second", operator, "1/s");
    figures.put(RUNS + " Jobs by a bare client: Jobs a second", bare, "1/s");
    figures.put("rate of the operator by the bare client's", operator / bare, "", "at least 0.5");
  }

  private static Job awaitFirst(Bench bench) {
    return bench
        .client()
        .batch()
        .v1()
        .jobs()
        .inNamespace(bench.namespace())
        .withLabel("trainyard.dev/run-uid")
        .waitUntilCondition(job -> job != null, Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private static double rate(Bench bench, IntConsumer create) throws InterruptedException {
    var jobs = new Jobs(RUNS);
    String from =
        bench
            .client()
            .batch()
            .v1()
            .jobs()
            .inNamespace(bench.namespace())
            .list()
            .getMetadata()
            .getResourceVersion();
    try (Watch watch =
        bench
            .client()
            .batch()
            .v1()
            .jobs()
            .inNamespace(bench.namespace())
            .withResourceVersion(from)
            .watch(jobs)) {
      long begin = System.nanoTime();
      Bench.times(RUNS, create);
      jobs.await();
      return RUNS * 1000.0 / Bench.millisSince(begin);
    }
  }

  private static void create(Bench bench, Job pattern, int number) {
    bench
        .client()
        .resource(
            new JobBuilder(pattern)
                .withNewMetadata()
                .withName("bare-" + number)
                .withLabels(Map.of("trainyard.dev/bench", "bare"))
                .endMetadata()
                .editSpec()
                .withSelector(null)
                .editTemplate()
                .withNewMetadata()
                .withLabels(Map.of("trainyard.dev/bench", "bare"))
                .endMetadata()
                .endTemplate()
                .endSpec()
                .withStatus(null)
                .build())
        .inNamespace(bench.namespace())
        .create();
  }

  private static void clear(Bench bench) {
    var runs = bench.client().genericKubernetesResources("trainyard.dev/v1alpha1", "TrainingRun");
    runs.inNamespace(bench.namespace()).delete();
    var pods = bench.client().pods().inNamespace(bench.namespace());
    var gone = pods.informOnCondition(List::isEmpty);
    gone.orTimeout(Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Counts the Jobs that are made. */
  private static final class Jobs implements Watcher<Job> {
    private final CountDownLatch missing;
    private final Set<String> seen = new HashSet<>();

    Jobs(int count) {
      missing = new CountDownLatch(count);
    }

    void await() throws InterruptedException {
      if (!missing.await(Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(missing.getCount() + " Jobs were not made");
      }
    }

    @Override
    public void eventReceived(Action action, Job job) {
      if (action == Action.ADDED && seen.add(job.getMetadata().getName())) {
        missing.countDown();
      }
    }

    @Override
    public void onClose(WatcherException cause) {
      throw new KubernetesClientException("the watch for Jobs ended", cause);
    }
  }
}
