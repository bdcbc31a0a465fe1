package dev.trainyard.testbed;

/** Something that the testbed needs is missing; the message says what was found and what to do. */
public final class TestbedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TestbedException(String message) {
    super(message);
  }
}
