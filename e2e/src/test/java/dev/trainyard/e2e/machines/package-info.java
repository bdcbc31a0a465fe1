/** Stories of Ubuntu machines that are attached over SSH, and of runs on them. */
@NullMarked
package dev.trainyard.e2e.machines;

import org.jspecify.annotations.NullMarked;
