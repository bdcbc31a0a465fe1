package dev.trainyard.operator.ssh;

import java.util.Optional;

/** How a user proves who he is. Never printed. */
public sealed interface Login {

  /** A password. */
  record Password(String secret) implements Login {
    @Override
    public String toString() {
      return "Password";
    }
  }

  /**
   * A private key.
   *
   * @param text the key in OpenSSH or PEM format
   */
  record PrivateKey(String text, Optional<String> passphrase) implements Login {
    @Override
    public String toString() {
      return "PrivateKey";
    }
  }
}
