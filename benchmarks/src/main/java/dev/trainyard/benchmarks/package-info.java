/** Measures the operator on a real cluster. */
@NullMarked
package dev.trainyard.benchmarks;

import org.jspecify.annotations.NullMarked;
