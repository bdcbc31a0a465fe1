/** The operator process: settings, wiring, health. */
@NullMarked
package dev.trainyard.operator;

import org.jspecify.annotations.NullMarked;
