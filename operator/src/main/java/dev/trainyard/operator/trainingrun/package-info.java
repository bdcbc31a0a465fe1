/** Reconciles TrainingRuns: the list of steps and one class a step. */
@NullMarked
package dev.trainyard.operator.trainingrun;

import org.jspecify.annotations.NullMarked;
