/** Brings what attempts leave into the registry, finds it again, and deletes it with the run. */
@NullMarked
package dev.trainyard.operator.history;

import org.jspecify.annotations.NullMarked;
