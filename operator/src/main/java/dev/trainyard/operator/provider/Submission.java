package dev.trainyard.operator.provider;

import dev.trainyard.operator.status.Reason;

/** How far the submission of an attempt is. */
public sealed interface Submission {

  /** The backend has the attempt. */
  record Accepted() implements Submission {}

  /** It is being handed over, or something keeps it from being handed over. */
  record UnderWay(Reason reason, String message) implements Submission {}
}
