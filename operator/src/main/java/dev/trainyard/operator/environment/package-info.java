/** System-managed environments: their identity, the Jobs that build them, and their life. */
@NullMarked
package dev.trainyard.operator.environment;

import org.jspecify.annotations.NullMarked;
