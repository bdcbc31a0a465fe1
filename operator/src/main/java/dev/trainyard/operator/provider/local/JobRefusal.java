package dev.trainyard.operator.provider.local;

import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;

/**
 * Names what refuses a pod or a Job. The Job controller tells of a refused pod in an event alone,
 * in the API server's words. Pure.
 */
final class JobRefusal {
  private JobRefusal() {}

  /** What an API server says when it refuses a pod or a Job, with what to do about it. Pure. */
  static Obstacle classify(String refusal) {
    String text = refusal.replaceFirst("^Error creating: ", "");
    if (text.contains("exceeded quota") || text.contains("failed quota")) {
      return new Obstacle(
          Reason.QUOTA_EXCEEDED,
          "A ResourceQuota of the namespace leaves no room for the pod: "
              + text
              + ". Raise the quota, wait for other pods to end, or ask for less in"
              + " spec.resources; the run goes on by itself.");
    }
    if (text.contains("violates PodSecurity")) {
      return new Obstacle(
          Reason.POD_SECURITY_VIOLATED,
          "The namespace's Pod Security level does not allow the pod: "
              + text
              + ". Pods of Trainyard pass every level: see what adds that to them, such as a sidecar"
              + " injector, or change the level of the namespace.");
    }
    if (text.contains("admission webhook")
        || text.contains("failed calling webhook")
        || text.contains("ValidatingAdmissionPolicy")) {
      return new Obstacle(
          Reason.ADMISSION_DENIED,
          "An admission webhook or policy does not let the pod be made: "
              + text
              + ". Its owner knows what it wants.");
    }
    if (text.contains("usage per Container")
        || text.contains("usage per Pod")
        || text.contains("limit to request ratio")) {
      return new Obstacle(
          Reason.LIMIT_RANGE_VIOLATED,
          "A LimitRange of the namespace does not allow the pod's resources: "
              + text
              + ". Change spec.resources of the run or spec.local.resources of the target.");
    }
    return new Obstacle(
        Reason.POD_REFUSED,
        "The cluster does not let the pod be made: " + text + ". It is tried again.");
  }
}
