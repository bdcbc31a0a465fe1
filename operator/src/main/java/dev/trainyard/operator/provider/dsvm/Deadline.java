package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.time.Duration;
import java.util.List;

/**
 * Starts a container together with a watcher on the machine that stops it when its time is over,
 * whether or not the operator is there. The watcher ends with the container, and goes with a reboot
 * as the container does.
 */
final class Deadline {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static final String WATCHER =
      """
      # Docker knows no such variable; without it podman's docker has containers of its own.
      export CONTAINER_HOST=unix:///var/run/docker.sock
      docker start "$2" || exit 1
      # From here on: a start that takes long takes nothing of the script's time.
      end=$(( $(date +%s) + $1 ))
      while left=$(( end - $(date +%s) )); [ "$left" -gt 0 ]; do
        timeout "$left" docker wait "$2" && exit 0
        docker ps -q && ! docker inspect "$2" && exit 0
        sleep 1
      done
      docker stop -t 10 "$2"
      """;

  /** Leaves the session, so that the watcher outlives the connection. */
  private static final String DETACH =
      "setsid sh -c \"$1\" trainyard-deadline \"$2\" \"$3\" </dev/null >/dev/null 2>&1 &";

  private Deadline() {}

  static void startContainer(SshConnection connection, String container, long seconds)
      throws SshFailure {
    var result =
        connection.run(
            List.of("sh", "-c", DETACH, "sh", WATCHER, Long.toString(seconds), container),
            4_096,
            LIMIT);
    if (result.exitCode() != 0) {
      throw new SshFailure(
          SshFailure.Kind.REFUSED,
          connection.host().text() + " does not start the watcher of the deadline");
    }
  }
}
