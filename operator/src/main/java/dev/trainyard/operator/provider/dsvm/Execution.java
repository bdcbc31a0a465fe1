package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/**
 * A way to run a script on a machine. Calls wait for the machine, so they are made by rounds and
 * never by a reconcile; each is idempotent.
 */
interface Execution {

  /** What else a start needs to know. */
  record Start(
      Machine machine,
      DsvmTargetProvider.Place place,
      BiConsumer<Reason, String> progress,
      BooleanSupplier unwanted) {}

  /** Something keeps the script from being started; the message is a sentence. */
  final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    StartException(Reason reason, String message) {
      super(message);
      this.reason = reason;
    }

    Reason reason() {
      return reason;
    }
  }

  RunObservation observe(SshConnection connection, RunAttempt attempt) throws SshFailure;

  /** Makes what is missing and starts it; returns once the start was asked for. */
  void start(SshConnection connection, RunRequest request, Start start)
      throws SshFailure, StartException, MissingSecretException, InterruptedException;

  /** Ends the script and keeps what it left. */
  void stop(SshConnection connection, RunAttempt attempt) throws SshFailure;

  /** Ends the script and takes everything of it away. */
  void remove(SshConnection connection, RunAttempt attempt) throws SshFailure;

  /** The end of the output of a script that runs; empty when there is none. */
  String tail(SshConnection connection, RunAttempt attempt, int maxBytes) throws SshFailure;

  /** Reads what scripts left that were run in this way. */
  Remains remains();
}
