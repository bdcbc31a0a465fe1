package dev.trainyard.snapshot;

/**
 * A source cannot be read or packed. The reason is a word for a condition, the message a sentence.
 */
public final class SourceException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Why a source cannot be used; each is a reason of the run's condition SnapshotReady. */
  public enum Reason {
    REPOSITORY_NOT_FOUND("RepositoryNotFound", false),
    AUTHENTICATION_FAILED("AuthenticationFailed", false),
    HOST_KEY_REJECTED("HostKeyRejected", false),
    REF_NOT_FOUND("RefNotFound", false),
    PATH_NOT_FOUND("PathNotFound", false),
    PATH_ESCAPES("PathEscapes", false),
    URL_NOT_ALLOWED("UrlNotAllowed", false),
    SOURCE_INVALID("SourceInvalid", false),
    SOURCE_UNREACHABLE("SourceUnreachable", true),
    REGISTRY_UNREACHABLE("RegistryUnreachable", true),
    REGISTRY_UNAUTHORIZED("RegistryUnauthorized", false),
    REGISTRY_REJECTED("RegistryRejected", false);

    private final String text;
    private final boolean passing;

    Reason(String text, boolean passing) {
      this.text = text;
      this.passing = passing;
    }

    /** Whether the same call may work a little later. */
    public boolean passing() {
      return passing;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private final Reason reason;

  public SourceException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public SourceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
