package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.TrainingRun;

/**
 * An attempt of a run that may have been made: enough to find it again, to end it and to read what
 * it left, even when the run's configuration and target are gone.
 *
 * @param number number of the attempt, from 1
 */
public record RunAttempt(TrainingRun run, int number) {
  private static final int NAME_LENGTH = 44;

  /** A name that tells a person which run it is, and is the same for the same attempt. */
  public String name() {
    String name = run.getMetadata().getName().replace('.', '-');
    String head = name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name;
    return head + "-" + run.getMetadata().getUid().substring(0, 8) + "-" + number;
  }
}
