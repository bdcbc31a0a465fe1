/** Runs while the operator is killed, and while what it calls fails. */
@NullMarked
package dev.trainyard.e2e.faults;

import org.jspecify.annotations.NullMarked;
