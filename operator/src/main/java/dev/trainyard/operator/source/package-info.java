/** Reads the sources of runs and brings them into the registry as snapshots. */
@NullMarked
package dev.trainyard.operator.source;

import org.jspecify.annotations.NullMarked;
