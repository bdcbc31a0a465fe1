/** The article's example on a real cluster, told on the screen. */
@NullMarked
package dev.trainyard.testbed.quickstart;

import org.jspecify.annotations.NullMarked;
