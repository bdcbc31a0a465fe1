/** The testbed's own promises: what starts ends, and leaves nothing behind. */
@NullMarked
package dev.trainyard.e2e.testbed;

import org.jspecify.annotations.NullMarked;
