/** The program that runs inside Jobs. */
@NullMarked
package dev.trainyard.builder;

import org.jspecify.annotations.NullMarked;
