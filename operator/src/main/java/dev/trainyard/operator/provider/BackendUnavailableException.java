package dev.trainyard.operator.provider;

import java.io.IOException;

/**
 * The backend does not hand out now what it has, or broke off in the middle; it can be asked again.
 * The message is a sentence.
 */
public final class BackendUnavailableException extends IOException {
  private static final long serialVersionUID = 1L;

  public BackendUnavailableException(String message) {
    super(message);
  }

  public BackendUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
