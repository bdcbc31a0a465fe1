package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * The id that the kernel gives each of its boots. A connection does not outlive a boot, so it is
 * asked once a connection.
 */
final class BootId {
  private static final Map<SshConnection, String> KNOWN = new WeakHashMap<>();
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private BootId() {}

  static String of(SshConnection connection) throws SshFailure {
    synchronized (KNOWN) {
      String known = KNOWN.get(connection);
      if (known != null) {
        return known;
      }
    }
    SshConnection.Result result =
        connection.run(List.of("cat", "/proc/sys/kernel/random/boot_id"), 256, LIMIT);
    String id = result.output().strip();
    if (!id.matches("[0-9a-f-]{36}")) {
      throw new SshFailure(
          SshFailure.Kind.REFUSED, connection.host().text() + " does not tell its boot id");
    }
    synchronized (KNOWN) {
      KNOWN.put(connection, id);
    }
    return id;
  }
}
