/** Connections over SSH: host keys are pinned, and words reach a shell quoted. */
@NullMarked
package dev.trainyard.operator.ssh;

import org.jspecify.annotations.NullMarked;
