package dev.trainyard.operator.provider;

import dev.trainyard.operator.status.Obstacle;

/** A target refuses an attempt for a reason that somebody can mend, such as a quota. */
public final class SubmissionRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Obstacle obstacle;

  public SubmissionRefusedException(Obstacle obstacle, Throwable cause) {
    super(obstacle.message(), cause);
    this.obstacle = obstacle;
  }

  public Obstacle obstacle() {
    return obstacle;
  }
}
