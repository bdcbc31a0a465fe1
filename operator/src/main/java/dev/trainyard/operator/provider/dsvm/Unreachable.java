package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import java.util.Optional;

/** What is said of an attempt while its machine cannot be asked. Pure. */
final class Unreachable {
  private Unreachable() {}

  static Reason reason(SshFailure failure) {
    return switch (failure.kind()) {
      case SOCKET -> Reason.DOCKER_UNAVAILABLE;
      case REFUSED -> Reason.MACHINE_NOT_UNDERSTOOD;
      case NAME,
          CONNECT,
          PROTOCOL,
          HOST_KEY_NOT_PINNED,
          HOST_KEY_CHANGED,
          PRIVATE_KEY,
          LOGIN,
          LOST ->
          Reason.MACHINE_UNREACHABLE;
    };
  }

  static String sentence(Exception failure) {
    String text = String.valueOf(failure.getMessage());
    return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
  }

  /** What was seen last, with the doubt that there is about it now. */
  static RunObservation doubtful(RunObservation seen, Reason reason, String message) {
    return switch (seen) {
      case RunObservation.Running running ->
          new RunObservation.Running(
              running.startTime(),
              Optional.of(
                  new Obstacle(
                      reason, "The script is taken to run on; it cannot be seen. " + message)),
              running.ending());
      case RunObservation.Waiting waiting -> new RunObservation.Waiting(reason, message);
      case RunObservation.Unknown unknown -> new RunObservation.Unknown(message);
      case RunObservation.Fresh fresh -> fresh;
      case RunObservation.Gone gone -> gone;
      case RunObservation.Ended ended -> ended;
    };
  }
}
