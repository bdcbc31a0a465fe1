package dev.trainyard.benchmarks;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.testbed.install.DeployedOperator;
import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.Informable;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * 300 runs of one source at once, until the last one has its Job, and the same 300 Jobs made by a
 * client that does nothing else. No node takes their pods, so that the kubelet has no part in any
 * of it.
 */
final class Burst implements Scenario {
  private static final int RUNS = 300;
  private static final String SOURCE = "burst";

  @Override
  public void measure(Bench bench, Figures figures) throws InterruptedException {
    bench.createNowhere();
    bench.create(new ScriptRun("first", SOURCE, Bench.NOWHERE).saying(SOURCE));
    var bareClient = new BareClient(bench, awaitFirst(bench));
    TrainingRunStatus status = bench.run("first").get().getStatus();
    double operator = rate(bench, figures, "burst-", "cold");
    double warm = rate(bench, figures, "again-", "warm");
    double bare = rate(bench, Bench.PARALLEL, bareClient::createJob);
    bareClient.deleteJobs();
    awaitEmpty(bench);
    double inTurn = rate(bench, 1, bareClient::createJob);
    bareClient.deleteJobs();
    awaitEmpty(bench);
    double account = rateWithAccount(bench, bareClient, status);
    figures.put(RUNS + " runs at once: Jobs a second", operator, "1/s");
    figures.put(RUNS + " runs at once, warm operator: Jobs a second", warm, "1/s");
    figures.put(RUNS + " Jobs by a bare client: Jobs a second", bare, "1/s");
    figures.put("the same, one after the other", inTurn, "1/s");
    figures.put("the same, with the operator's writes for each", account, "1/s");
    figures.put("rate of the operator by the bare client's", operator / bare, "", "at least 0.5");
    figures.put("rate of the warm operator by the bare client's", warm / bare, "");
    figures.put("the same, by that of one after the other", warm / inTurn, "");
    figures.put("the same, by that with the operator's writes", warm / account, "");
  }

  /** The operator's rate, and what each run costs it; ends with none of the runs left. */
  private static double rate(Bench bench, Figures figures, String prefix, String state)
      throws InterruptedException {
    double processor = bench.operator().processorSeconds();
    double rate =
        rate(
            bench,
            Bench.PARALLEL,
            number -> bench.create(new ScriptRun(prefix + number, SOURCE, Bench.NOWHERE).run()));
    double millis = (bench.operator().processorSeconds() - processor) * 1000 / RUNS;
    figures.put("processor time of the " + state + " operator a run", millis, "ms");
    bench.client().resources(TrainingRun.class).inNamespace(bench.namespace()).delete();
    awaitEmpty(bench);
    return rate;
  }

  /** The rate of a client that keeps account of its Jobs as the operator does, which rests. */
  private static double rateWithAccount(
      Bench bench, BareClient bareClient, TrainingRunStatus status) throws InterruptedException {
    var deployed = new DeployedOperator(bench.client());
    deployed.rest();
    try {
      return rate(
          bench, Bench.PARALLEL, number -> bareClient.createRunAndJob(number, SOURCE, status));
    } finally {
      Bench.times(RUNS, bareClient::deleteRun);
      bareClient.deleteJobs();
      awaitEmpty(bench);
      deployed.resume();
    }
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

  private static double rate(Bench bench, int atOnce, IntConsumer create)
      throws InterruptedException {
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
      Bench.times(RUNS, atOnce, create);
      jobs.await();
      return RUNS * 1000.0 / Bench.millisSince(begin);
    }
  }

  /** Each rate, and what is measured next, begins with a cluster that is as empty. */
  private static void awaitEmpty(Bench bench) {
    awaitNone(bench.client().resources(TrainingRun.class).inNamespace(bench.namespace()));
    awaitNone(bench.client().batch().v1().jobs().inNamespace(bench.namespace()));
    awaitNone(bench.client().pods().inNamespace(bench.namespace()));
  }

  private static <T> void awaitNone(Informable<T> those) {
    those
        .informOnCondition(List::isEmpty)
        .orTimeout(Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
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
