/** Builds the images and installs the chart into a cluster. */
@NullMarked
package dev.trainyard.testbed.install;

import org.jspecify.annotations.NullMarked;
