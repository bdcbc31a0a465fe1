/** The chart's release in a cluster: other values, an upgrade, its end and its return. */
@NullMarked
package dev.trainyard.e2e.release;

import org.jspecify.annotations.NullMarked;
