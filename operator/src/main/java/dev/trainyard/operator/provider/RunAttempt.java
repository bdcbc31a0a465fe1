package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.TrainingRun;

/**
 * An attempt of a run that may have been made: enough to find it again, to end it and to read what
 * it left, even when the run's configuration and target are gone.
 *
 * @param number number of the attempt, from 1
 */
public record RunAttempt(TrainingRun run, int number) {}
