/** Kubernetes as processes of this machine, where there is no Docker. */
@NullMarked
package dev.trainyard.testbed.bare;

import org.jspecify.annotations.NullMarked;
