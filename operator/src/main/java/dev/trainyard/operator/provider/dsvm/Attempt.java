package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt on a machine: what its run wishes, and what was last seen of it. Reconciles set the
 * wish and read what was seen; rounds on the machine bring the two together.
 */
final class Attempt {
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration WATCHING = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final Duration OVER_PATIENCE = Duration.ofMinutes(2);
  private static final Duration TAIL_PAUSE = Duration.ofSeconds(15);
  private static final int TAIL = 16 * 1024;

  /** As many failures as make a pause of a few seconds. */
  private static final int SHORT_WAIT = 2;

  private enum Wish {
    OBSERVE,
    START,
    END
  }

  private final MachinePool machines;
  private final Executions executions;
  private final Runs runs;
  private final Supplier<Optional<DsvmTargetProvider.Place>> place;
  private final RunAttempt attempt;
  private final Runnable wake;
  private final CountDownLatch over = new CountDownLatch(1);
  private final AtomicReference<Wish> wish = new AtomicReference<>(Wish.OBSERVE);

  private volatile @Nullable RunRequest request;
  private volatile RunObservation seen =
      new RunObservation.Unknown("The machine is being asked what became of the attempt.");
  private volatile Optional<Obstacle> submission =
      Optional.of(new Obstacle(Reason.SUBMITTING, "The machine is being asked."));
  private volatile String tail = "";
  private @Nullable Execution execution;
  private boolean made;
  private int failures;
  private long tailRead = System.nanoTime();

  Attempt(
      MachinePool machines,
      Executions executions,
      Runs runs,
      Supplier<Optional<DsvmTargetProvider.Place>> place,
      RunAttempt attempt,
      Runnable wake) {
    this.machines = machines;
    this.executions = executions;
    this.runs = runs;
    this.place = place;
    this.attempt = attempt;
    this.wake = wake;
  }

  RunObservation seen() {
    return seen;
  }

  /** What keeps the attempt from being made; empty once it is. */
  Optional<Obstacle> submission() {
    return submission;
  }

  String tail() {
    return tail;
  }

  /** Waits until the attempt was seen to be over, for a while; whether it was. */
  boolean awaitOver() {
    try {
      return over.await(OVER_PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Whether the wish is new. */
  boolean wishStart(RunRequest request) {
    this.request = request;
    return wish.compareAndSet(Wish.OBSERVE, Wish.START);
  }

  /** Whether the wish is new. */
  boolean wishEnd() {
    return wish.getAndSet(Wish.END) != Wish.END;
  }

  /** One round on the machine; zero once nobody wants the attempt any more. */
  Duration round() throws InterruptedException {
    var metadata = attempt.run().getMetadata();
    Runs.Want want =
        runs.want(metadata.getNamespace(), metadata.getName(), metadata.getUid(), attempt.number());
    if (want == Runs.Want.NOTHING) {
      return Duration.ZERO;
    }
    var where = place.get();
    if (where.isEmpty()) {
      return unreachable(
          Reason.MACHINE_UNREACHABLE, "The target is not there, or was not looked at yet.");
    }
    Machine machine = machines.machine(where.get().machine());
    try {
      boolean settled = act(machine, where.get(), machine.connection());
      if (settled) {
        failures = 0;
      }
      return settled ? WATCHING : pause();
    } catch (SshFailure e) {
      return unreachable(Unreachable.reason(e), Unreachable.sentence(e));
    } catch (MissingSecretException e) {
      return unreachable(Reason.SECRET_NOT_FOUND, String.valueOf(e.getMessage()));
    }
  }

  private boolean act(Machine machine, DsvmTargetProvider.Place where, SshConnection connection)
      throws SshFailure, MissingSecretException, InterruptedException {
    Execution way = way(connection);
    RunObservation now = way.observe(connection, attempt);
    switch (wish.get()) {
      case OBSERVE -> {
        // Nothing to do but look.
      }
      case START -> now = start(machine, where, connection, now);
      case END -> now = end(way, connection, now);
    }
    boolean begun = now instanceof RunObservation.Running;
    if (begun && System.nanoTime() - tailRead > TAIL_PAUSE.toNanos()) {
      tailRead = System.nanoTime();
      tail = way.tail(connection, attempt, TAIL);
    }
    publish(now, made ? Optional.empty() : submission);
    return wish.get() != Wish.START;
  }

  /** Ends the script. What it left stays until it is stored, and goes with a run that goes. */
  private RunObservation end(Execution way, SshConnection connection, RunObservation before)
      throws SshFailure {
    RunObservation now = before;
    if (!(now instanceof RunObservation.Gone || now instanceof RunObservation.Ended)) {
      way.stop(connection, attempt);
      now = way.observe(connection, attempt);
    }
    boolean kept =
        now instanceof RunObservation.Ended
            && !runs.isBeingDeleted(
                attempt.run().getMetadata().getNamespace(), attempt.run().getMetadata().getName());
    if (!kept && !(now instanceof RunObservation.Gone)) {
      way.remove(connection, attempt);
      now = way.observe(connection, attempt);
    }
    return now;
  }

  private Execution way(SshConnection connection) throws SshFailure {
    RunRequest wanted = request;
    if (wanted != null) {
      execution = executions.of(wanted);
    } else if (execution == null) {
      execution = executions.find(connection, attempt);
    }
    return execution;
  }

  private RunObservation start(
      Machine machine,
      DsvmTargetProvider.Place where,
      SshConnection connection,
      RunObservation before)
      throws SshFailure, MissingSecretException, InterruptedException {
    RunRequest wanted = Objects.requireNonNull(request);
    Execution way = executions.of(wanted);
    execution = way;
    RunObservation now = before;
    if (before instanceof RunObservation.Gone || before instanceof RunObservation.Waiting) {
      var start =
          new Execution.Start(
              machine,
              where,
              (reason, message) -> publish(seen, Optional.of(new Obstacle(reason, message))),
              () -> wish.get() != Wish.START);
      try {
        way.start(connection, wanted, start);
      } catch (Execution.StartException e) {
        publish(seen, Optional.of(new Obstacle(e.reason(), String.valueOf(e.getMessage()))));
        failures = isTurn(e.reason()) ? SHORT_WAIT : failures + 1;
        return now;
      }
      now = way.observe(connection, attempt);
    }
    if (now instanceof RunObservation.Running || now instanceof RunObservation.Ended) {
      made = true;
      wish.compareAndSet(Wish.START, Wish.OBSERVE);
    }
    return now;
  }

  /** Whether it is other runs that keep the script from being started, and nothing is wrong. */
  private static boolean isTurn(Reason reason) {
    return reason == Reason.WAITING_FOR_GPU || reason == Reason.UNPACKING_ENVIRONMENT;
  }

  private Duration unreachable(Reason reason, String message) {
    failures++;
    RunObservation doubtful = Unreachable.doubtful(seen, reason, message);
    publish(doubtful, submission.map(before -> new Obstacle(reason, message)));
    return pause();
  }

  /** Longer after each failure. */
  private Duration pause() {
    if (failures == 0) {
      return SOON;
    }
    Duration pause = Duration.ofSeconds(1L << Math.min(failures, 4));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  private void publish(RunObservation nowSeen, Optional<Obstacle> nowSubmitted) {
    boolean same = nowSeen.equals(seen) && nowSubmitted.equals(submission);
    seen = nowSeen;
    submission = nowSubmitted;
    if (nowSeen instanceof RunObservation.Ended || nowSeen instanceof RunObservation.Gone) {
      over.countDown();
    }
    if (!same) {
      wake.run();
    }
  }
}
