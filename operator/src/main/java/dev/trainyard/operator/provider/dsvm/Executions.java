package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;

/** The two ways to run a script on a machine. */
record Executions(Execution containers, Execution processes) {

  /** The way that a run asks for. */
  Execution of(RunRequest request) {
    return request.configuration().docker() ? containers : processes;
  }

  /** The way that an attempt was begun, as the machine tells. */
  Execution find(SshConnection connection, RunAttempt attempt) throws SshFailure {
    return processes.observe(connection, attempt) instanceof RunObservation.Gone
        ? containers
        : processes;
  }

  /** Reads what an attempt left, in whichever way it was begun. */
  Remains remains(SshConnection connection, RunAttempt attempt) throws SshFailure {
    return find(connection, attempt).remains();
  }
}
