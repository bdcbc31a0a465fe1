package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.SshEndpoint;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.provider.Submission;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One attempt on a machine: what its run wishes, and what was last seen of it. Reconciles set the
 * wish and read what was seen; rounds on the machine bring the two together.
 */
final class Attempt {
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration WATCHING = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);
  private static final Duration OVERDUE = Duration.ofSeconds(30);
  private static final int TAIL = 1 << 20;

  private enum Wish {
    OBSERVE,
    START,
    END
  }

  private final MachinePool machines;
  private final Execution execution;
  private final Runs runs;
  private final Runnable wake;
  private final AtomicReference<Wish> wish = new AtomicReference<>(Wish.OBSERVE);

  private volatile RunRequest request;
  private volatile String targetUid;
  private volatile RunObservation seen =
      new RunObservation.Unknown("The machine is being asked what became of the attempt.");
  private volatile Submission submission =
      new Submission.UnderWay(Reason.SUBMITTING, "The machine is being asked.");
  private volatile String tail = "";
  private int failures;

  Attempt(
      MachinePool machines,
      Execution execution,
      Runs runs,
      RunRequest request,
      String targetUid,
      Runnable wake) {
    this.machines = machines;
    this.execution = execution;
    this.runs = runs;
    this.request = request;
    this.targetUid = targetUid;
    this.wake = wake;
  }

  /** The target may have changed its address or login. */
  void update(RunRequest request, String targetUid) {
    this.request = request;
    this.targetUid = targetUid;
  }

  RunObservation seen() {
    return seen;
  }

  Submission submission() {
    return submission;
  }

  String tail() {
    return tail;
  }

  /** Whether the wish is new. */
  boolean wishStart() {
    return wish.compareAndSet(Wish.OBSERVE, Wish.START);
  }

  /** Whether the wish is new. */
  boolean wishEnd() {
    return wish.getAndSet(Wish.END) != Wish.END;
  }

  /** One round on the machine; zero once nobody wants the attempt any more. */
  Duration round() throws InterruptedException {
    var metadata = request.run().getMetadata();
    Runs.Want want =
        runs.want(
            metadata.getNamespace(), metadata.getName(), metadata.getUid(), request.attempt());
    if (want == Runs.Want.NOTHING) {
      return Duration.ZERO;
    }
    SshEndpoint endpoint = Objects.requireNonNull(request.target().dsvm()).attach();
    if (endpoint == null) {
      return Duration.ZERO;
    }
    Machine machine = machines.machine(new MachinePool.Key(metadata.getNamespace(), endpoint));
    try {
      boolean settled = act(machine, machine.connection());
      failures = 0;
      return settled ? WATCHING : SOON;
    } catch (SshFailure e) {
      return unreachable(e.getMessage() + ".");
    } catch (MissingSecretException e) {
      return unreachable(String.valueOf(e.getMessage()));
    }
  }

  private boolean act(Machine machine, SshConnection connection)
      throws SshFailure, MissingSecretException, InterruptedException {
    RunObservation now = execution.observe(connection, request);
    switch (wish.get()) {
      case OBSERVE -> {
        if (now instanceof RunObservation.Running running && isOverdue(running)) {
          execution.stop(connection, request);
          now = execution.observe(connection, request);
        }
      }
      case START -> now = start(machine, connection, now);
      case END -> {
        if (!(now instanceof RunObservation.Gone)) {
          execution.remove(connection, request);
          now = execution.observe(connection, request);
        }
      }
    }
    if (now instanceof RunObservation.Ended && !now.equals(seen)) {
      tail = execution.tail(connection, request, TAIL);
    }
    publish(now, submission);
    return wish.get() != Wish.START;
  }

  private RunObservation start(Machine machine, SshConnection connection, RunObservation before)
      throws SshFailure, MissingSecretException, InterruptedException {
    RunObservation now = before;
    if (before instanceof RunObservation.Gone || before instanceof RunObservation.Waiting) {
      var start =
          new Execution.Start(
              machine,
              targetUid,
              (reason, message) -> publish(seen, new Submission.UnderWay(reason, message)),
              () -> wish.get() != Wish.START);
      try {
        execution.start(connection, request, start);
      } catch (Execution.StartException e) {
        publish(seen, new Submission.UnderWay(e.reason(), String.valueOf(e.getMessage())));
        failures++;
        Thread.sleep(backoff());
        return now;
      }
      now = execution.observe(connection, request);
    }
    if (now instanceof RunObservation.Running || now instanceof RunObservation.Ended) {
      publish(now, new Submission.Accepted());
      wish.compareAndSet(Wish.START, Wish.OBSERVE);
    }
    return now;
  }

  /** The machine holds the deadline itself; this is for the one whose watcher was killed. */
  private boolean isOverdue(RunObservation.Running running) {
    var deadline = request.configuration().deadlineSeconds();
    return deadline.isPresent()
        && Instant.parse(running.startTime())
            .plusSeconds(deadline.getAsLong())
            .plus(OVERDUE)
            .isBefore(Instant.now());
  }

  private Duration unreachable(String message) {
    failures++;
    RunObservation doubtful =
        switch (seen) {
          case RunObservation.Running running ->
              new RunObservation.Running(
                  running.startTime(),
                  Optional.of(
                      new Obstacle(
                          Reason.MACHINE_UNREACHABLE,
                          "The machine does not answer, and the script is taken to run on: "
                              + message)));
          case RunObservation.Waiting waiting ->
              new RunObservation.Waiting(Reason.MACHINE_UNREACHABLE, message);
          case RunObservation.Unknown unknown -> new RunObservation.Unknown(message);
          case RunObservation.Gone gone -> gone;
          case RunObservation.Ended ended -> ended;
        };
    publish(
        doubtful,
        submission instanceof Submission.Accepted
            ? submission
            : new Submission.UnderWay(Reason.MACHINE_UNREACHABLE, message));
    return backoff();
  }

  private Duration backoff() {
    Duration pause = Duration.ofSeconds(1L << Math.min(failures, 4));
    return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
  }

  private void publish(RunObservation nowSeen, Submission nowSubmitted) {
    boolean same = nowSeen.equals(seen) && nowSubmitted.equals(submission);
    seen = nowSeen;
    submission = nowSubmitted;
    if (!same) {
      wake.run();
    }
  }
}
