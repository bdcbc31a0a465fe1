package dev.trainyard.operator.ssh;

import java.util.Optional;

/**
 * A host, the way to log in there, and the keys that it may show.
 *
 * @param bastion host through which it is reached
 */
public record SshHost(
    String address,
    int port,
    String username,
    Login login,
    HostKeyPins pins,
    Optional<SshHost> bastion) {

  /** As a person writes it. */
  public String text() {
    return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
  }
}
