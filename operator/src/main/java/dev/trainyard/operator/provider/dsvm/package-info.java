/** Runs on Ubuntu machines over SSH. */
@NullMarked
package dev.trainyard.operator.provider.dsvm;

import org.jspecify.annotations.NullMarked;
