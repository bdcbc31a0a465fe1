package dev.trainyard.operator.provider.local;

/**
 * The first process of a training container. Linux does not deliver a signal to a container's first
 * process unless that process asked for it, and Python does not ask for SIGTERM: alone in its
 * container, a script could be ended by SIGKILL only, after the pod's whole grace period. This
 * shell passes SIGTERM on, so that a script ends at once or saves a checkpoint, and ends it for
 * good when it is still there 20 seconds later.
 */
final class Supervisor {

  /** Runs its arguments as a command and ends with that command's exit code. */
  static final String SCRIPT =
      """
      child=
      asked=
      stop() {
        asked=1
        [ -z "$child" ] || { kill -TERM "$child"; (sleep 20; kill -KILL "$child") & } 2>/dev/null
      }
      trap stop TERM
      "$@" &
      child=$!
      [ -z "$asked" ] || stop
      while :; do
        wait "$child" 2>/dev/null
        code=$?
        kill -0 "$child" 2>/dev/null || exit "$code"
      done
      """;

  private Supervisor() {}
}
