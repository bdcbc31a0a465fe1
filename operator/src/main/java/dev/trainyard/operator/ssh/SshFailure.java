package dev.trainyard.operator.ssh;

import org.jspecify.annotations.Nullable;

/** Why something over SSH did not work; the message is a sentence without its full stop. */
public final class SshFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** The step that failed, in the order in which they happen. */
  public enum Kind {
    /** The host's name is not known. */
    NAME,
    /** No connection to the port. */
    CONNECT,
    /** What answers does not speak SSH, or not as we do. */
    PROTOCOL,
    /** No host key is pinned. */
    HOST_KEY_NOT_PINNED,
    /** Another host key is pinned. */
    HOST_KEY_CHANGED,
    /** The private key cannot be read. */
    PRIVATE_KEY,
    /** The host refuses the user. */
    LOGIN,
    /** The connection ended or did not answer in time. */
    LOST,
    /** Nothing answers at a socket of the host, or the user may not use it. */
    SOCKET,
    /** The host refused what was asked of it over a connection that works. */
    REFUSED
  }

  private final Kind kind;
  private final @Nullable String fingerprint;

  public SshFailure(Kind kind, String message) {
    this(kind, message, null, null);
  }

  public SshFailure(Kind kind, String message, Throwable cause) {
    this(kind, message, null, cause);
  }

  SshFailure(Kind kind, String message, @Nullable String fingerprint, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.fingerprint = fingerprint;
  }

  public Kind kind() {
    return kind;
  }

  /** Fingerprint of the host key that was not accepted. */
  public @Nullable String fingerprint() {
    return fingerprint;
  }
}
