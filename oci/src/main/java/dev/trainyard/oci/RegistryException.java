package dev.trainyard.oci;

/** A registry could not do what was asked; the message names registry and repository. */
public final class RegistryException extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of trouble it was. */
  public enum Kind {
    /** No answer, or an answer that promises to be better later. */
    UNREACHABLE,
    /** Our credentials are missing, wrong or too weak. */
    UNAUTHORIZED,
    /** Repository, manifest or blob does not exist. */
    NOT_FOUND,
    /** The registry does not take what we sent. */
    REJECTED,
    /** The registry's content is not what the specification says. */
    INVALID
  }

  private final Kind kind;

  public RegistryException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public RegistryException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
