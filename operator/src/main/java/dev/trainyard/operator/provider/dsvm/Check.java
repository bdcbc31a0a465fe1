package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.status.Reason;
import java.util.Optional;

/**
 * The answer to one question about a machine.
 *
 * @param trouble why it is not as it should be; empty when it is
 */
record Check(Name name, String message, Optional<Reason> trouble) {

  /** What is asked, in this order. */
  enum Name {
    SECRET("Secret"),
    DNS("DNS"),
    TCP("TCP"),
    SSH("SSH"),
    HOST_KEY("HostKey"),
    LOGIN("Login"),
    UBUNTU("Ubuntu"),
    ARCHITECTURE("Architecture"),
    DOCKER("Docker"),
    DISK("Disk"),
    CLOCK("Clock"),
    GPU("GPU");

    private final String text;

    Name(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  static Check passed(Name name, String message) {
    return new Check(name, message, Optional.empty());
  }

  static Check failed(Name name, Reason reason, String message) {
    return new Check(name, message, Optional.of(reason));
  }
}
