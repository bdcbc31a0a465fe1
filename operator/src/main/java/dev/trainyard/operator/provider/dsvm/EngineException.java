package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.ssh.Printable;

/** The Docker engine refused something. */
final class EngineException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  EngineException(int status, String message) {
    super(Printable.text(message));
    this.status = status;
  }

  /** HTTP status, or 0 where the answer cannot be understood. */
  int status() {
    return status;
  }
}
