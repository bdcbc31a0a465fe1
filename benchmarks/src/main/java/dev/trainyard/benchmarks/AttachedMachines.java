package dev.trainyard.benchmarks;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.machine.Machine;
import dev.trainyard.testbed.machine.Machines;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What attached machines cost, by their number, and 20 runs at once on them. Targets are ports of a
 * few machines, since each has a connection of its own whatever it leads to.
 */
final class AttachedMachines implements Scenario {
  private static final List<Integer> SIZES = List.of(1, 50, 200);
  private static final int MACHINES = 4;
  private static final int RUNS = 20;
  private static final int FIRST_PORT = 2_200;
  private static final int LAST_PORT = 2_399;
  private static final int SCRIPT_SECONDS = 5;
  private static final Duration IDLE = Duration.ofMinutes(1);

  private final List<Machine> machines = new ArrayList<>();

  @Override
  public void measure(Bench bench, Figures figures) throws IOException, InterruptedException {
    start();
    try {
      secret(bench);
      source(bench);
      int made = 0;
      for (int size : SIZES) {
        long begin = System.nanoTime();
        for (; made < size; made++) {
          bench.create(target(made));
        }
        awaitReady(bench, size);
        String title = size + (size == 1 ? " target: " : " targets: ");
        figures.put(title + "until all are ready", Bench.millisSince(begin) / 1e3, "s");
        if (size == SIZES.getFirst()) {
          warmUp(bench);
        }
        idle(bench, figures, title);
        runs(bench, figures, title, size);
      }
    } finally {
      for (Machine machine : machines) {
        machine.remove();
      }
    }
  }

  private void start() throws IOException, InterruptedException {
    Machines all = Machines.of(Path.of("").toAbsolutePath(), new Progress(System.err));
    for (int number = 0; number < MACHINES; number++) {
      Machine machine = all.start("bench-" + number);
      machines.add(machine);
      // One sshd listens on few ports, and the kernel brings it any number of them.
      machine.run(
          "sh",
          "-c",
          "iptables -t nat -A PREROUTING -p tcp --dport "
              + FIRST_PORT
              + ":"
              + LAST_PORT
              + " -j REDIRECT --to-ports 22");
    }
  }

  private void secret(Bench bench) throws IOException {
    bench
        .client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("machine")
                .withNamespace(bench.namespace())
                .endMetadata()
                .withStringData(Map.of("key", machines.getFirst().privateKey()))
                .build())
        .create();
  }

  private static void source(Bench bench) {
    bench.create(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: sleeps}
        data: {train.py: "import time; time.sleep(%d)"}
        """
            .formatted(SCRIPT_SECONDS));
  }

  private String target(int number) throws IOException {
    Machine machine = machines.get(number % MACHINES);
    return """
    apiVersion: trainyard.dev/v1alpha1
    kind: ComputeTarget
    metadata: {name: machine-%d}
    spec:
      type: dsvm
      dsvm:
        attach:
          address: %s
          port: %d
          username: %s
          privateKeySecretRef: {name: machine, key: key}
          hostKeyFingerprint: %s
    """
        .formatted(
            number,
            machine.address(),
            FIRST_PORT + number,
            Machine.USER,
            fingerprint(machine.knownHosts()));
  }

  private static String fingerprint(String knownHosts) {
    try {
      byte[] key = Base64.getDecoder().decode(knownHosts.strip().split(" ", -1)[2]);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(key);
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void awaitReady(Bench bench, int size) {
    for (int number = 0; number < size; number++) {
      bench
          .client()
          .resources(ComputeTarget.class)
          .inNamespace(bench.namespace())
          .withName("machine-" + number)
          .waitUntilCondition(
              AttachedMachines::isReady, Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private static boolean isReady(ComputeTarget target) {
    return target != null
        && target.getStatus() != null
        && target.getStatus().conditions().stream()
            .anyMatch(condition ->
                condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  /** Brings the base image to each machine. */
  private void warmUp(Bench bench) throws IOException {
    for (int number = 0; number < MACHINES; number++) {
      if (number > 0) {
        bench.create(target(number).replaceFirst("machine-", "warm-up-"));
      }
      bench.create(run("warm-up-" + number, number == 0 ? "machine-0" : "warm-up-" + number));
    }
    for (int number = 0; number < MACHINES; number++) {
      bench.awaitOver("warm-up-" + number);
      if (number > 0) {
        bench
            .client()
            .resources(ComputeTarget.class)
            .inNamespace(bench.namespace())
            .withName("warm-up-" + number)
            .delete();
      }
    }
  }

  private static void idle(Bench bench, Figures figures, String title) throws InterruptedException {
    OperatorFigures operator = bench.operator();
    double requests = operator.requests();
    double processor = operator.processorSeconds();
    long begin = System.nanoTime();
    Thread.sleep(IDLE);
    double seconds = Bench.millisSince(begin) / 1e3;
    double used = (operator.processorSeconds() - processor) / seconds;
    figures.put(title + "processor in an idle minute", used * 100, "%");
    figures.put(title + "API requests in an idle minute", operator.requests() - requests, "");
    figures.put(title + "SSH connections", operator.connections(FIRST_PORT, LAST_PORT), "");
    figures.put(title + "threads", operator.threads(), "");
    figures.put(title + "resident memory", operator.residentMegabytes(), "MB");
  }

  private static void runs(Bench bench, Figures figures, String title, int size)
      throws InterruptedException {
    double processor = bench.operator().processorSeconds();
    double requests = bench.operator().requests();
    var toStart = new ArrayList<Long>();
    var toEnd = new ArrayList<Long>();
    Bench.times(
        RUNS,
        RUNS,
        number -> {
          long begin = System.nanoTime();
          String name = "run-" + size + "-" + number;
          bench.create(run(name, "machine-" + number % Math.min(RUNS, size)));
          bench
              .run(name)
              .waitUntilCondition(
                  AttachedMachines::hasBegun, Bench.PATIENCE.toSeconds(), TimeUnit.SECONDS);
          long started = Bench.millisSince(begin);
          TrainingRun over = bench.awaitOver(name);
          long ended = Bench.millisSince(begin);
          if (over.getStatus().phase() != RunPhase.COMPLETED) {
            throw new IllegalStateException(name + " did not complete: " + over.getStatus());
          }
          synchronized (toStart) {
            toStart.add(started);
            toEnd.add(ended);
          }
        });
    figures.percentiles(title + RUNS + " runs, apply to start seen", toStart);
    figures.percentiles(title + RUNS + " runs, apply to end", toEnd);
    double mean = toEnd.stream().mapToLong(Long::longValue).average().orElse(0);
    double ours = (mean - SCRIPT_SECONDS * 1e3) / mean;
    figures.put(title + "share of a run's time that is not its script's", ours * 100, "%");
    figures.put(
        title + "processor seconds a run",
        (bench.operator().processorSeconds() - processor) / RUNS,
        "s");
    figures.put(title + "API requests a run", (bench.operator().requests() - requests) / RUNS, "");
    figures.put(
        title + "resident memory after the runs", bench.operator().residentMegabytes(), "MB");
  }

  private static boolean hasBegun(TrainingRun run) {
    return run != null && run.getStatus() != null && run.getStatus().startTime() != null;
  }

  private static String run(String name, String target) {
    return """
    apiVersion: trainyard.dev/v1alpha1
    kind: TrainingRun
    metadata: {name: %s}
    spec:
      computeTargetRef: {name: %s}
      source: {configMap: {name: sleeps}}
      runConfiguration:
        script: train.py
        environment:
          python: {userManagedDependencies: true}
          docker: {enabled: true, shmSize: 16m}
    """
        .formatted(name, target);
  }
}
