/** System-managed environments on a real cluster, with real packages from the testbed's channel. */
@NullMarked
package dev.trainyard.e2e.environments;

import org.jspecify.annotations.NullMarked;
