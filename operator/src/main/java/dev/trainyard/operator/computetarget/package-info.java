/** Reconciles ComputeTargets. */
@NullMarked
package dev.trainyard.operator.computetarget;

import org.jspecify.annotations.NullMarked;
