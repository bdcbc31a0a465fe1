/** Manifests of runs that tests and benchmarks apply. */
@NullMarked
package dev.trainyard.testbed.runs;

import org.jspecify.annotations.NullMarked;
