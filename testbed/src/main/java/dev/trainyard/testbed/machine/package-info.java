/** Machines to attach over SSH, as processes of this machine. */
@NullMarked
package dev.trainyard.testbed.machine;

import org.jspecify.annotations.NullMarked;
