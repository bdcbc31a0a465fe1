/** Runs the tests of the Python program with a real interpreter and the real rattler. */
@NullMarked
package dev.trainyard.conda;

import org.jspecify.annotations.NullMarked;
