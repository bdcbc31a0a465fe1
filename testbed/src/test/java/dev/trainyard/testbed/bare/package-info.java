/** Tests of what starts a cluster as processes. */
@NullMarked
package dev.trainyard.testbed.bare;

import org.jspecify.annotations.NullMarked;
