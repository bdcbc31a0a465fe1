package dev.trainyard.operator.provider.dsvm;

/** A Secret that an endpoint names is missing; the message says which. */
final class MissingSecretException extends Exception {
  private static final long serialVersionUID = 1L;

  MissingSecretException(String message) {
    super(message);
  }
}
