/** A real cluster for tests, the quickstart and benchmarks, and the command that starts it. */
@NullMarked
package dev.trainyard.testbed;

import org.jspecify.annotations.NullMarked;
