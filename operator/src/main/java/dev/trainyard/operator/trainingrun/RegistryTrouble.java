package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;

/** What a run does when a registry does not do what is asked of it. */
final class RegistryTrouble {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration LATER = Duration.ofSeconds(30);

  private RegistryTrouble() {}

  /** Trouble with the registry that Trainyard pushes to. */
  static StepResult own(RegistryException e) {
    return own(e, RunPhase.PREPARING);
  }

  /** Trouble with the registry that Trainyard pushes to, in a phase of the run. */
  static StepResult own(RegistryException e, RunPhase phase) {
    return switch (e.kind()) {
      case UNREACHABLE, NOT_FOUND -> waiting(phase, Reason.REGISTRY_UNREACHABLE, e, SOON);
      case UNAUTHORIZED -> waiting(phase, Reason.REGISTRY_UNAUTHORIZED, e, LATER);
      case REJECTED, INVALID -> waiting(phase, Reason.REGISTRY_REJECTED, e, LATER);
    };
  }

  /** Trouble with the registry that a base image comes from. */
  static StepResult base(RegistryException e) {
    return switch (e.kind()) {
      case UNREACHABLE -> waiting(Reason.REGISTRY_UNREACHABLE, e, SOON);
      case NOT_FOUND -> waiting(Reason.BASE_IMAGE_NOT_FOUND, e, LATER);
      case UNAUTHORIZED -> waiting(Reason.REGISTRY_UNAUTHORIZED, e, LATER);
      case REJECTED, INVALID -> waiting(Reason.BASE_IMAGE_INVALID, e, LATER);
    };
  }

  private static StepResult waiting(Reason reason, RegistryException e, Duration again) {
    return waiting(RunPhase.PREPARING, reason, e, again);
  }

  private static StepResult waiting(
      RunPhase phase, Reason reason, RegistryException e, Duration again) {
    return new StepResult.Waiting(phase, reason, e.getMessage() + ".", again);
  }
}
