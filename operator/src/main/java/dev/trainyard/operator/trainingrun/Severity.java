package dev.trainyard.operator.trainingrun;

import dev.trainyard.operator.status.Reason;

/** Which reasons of a run are the normal course of things. */
final class Severity {
  private Severity() {}

  static boolean isWarning(Reason reason) {
    return switch (reason) {
      case READY,
          DONE,
          PENDING,
          WAITING_FOR_TURN,
          ALL_FIELDS_HONORED,
          SNAPSHOTTING,
          IMPORTING_BASE_IMAGE,
          BUILD_PENDING,
          BUILDING,
          BUILT,
          SUBMITTING,
          QUEUED,
          PULLING_IMAGE,
          UNPACKING_ENVIRONMENT,
          WAITING_FOR_GPU,
          RUNNING,
          COLLECTING,
          STORED,
          CANCEL_REQUESTED,
          COMPLETED,
          CANCELED ->
          false;
      default -> true;
    };
  }
}
