/** Tests of the chart as Helm renders it. */
@NullMarked
package dev.trainyard.testbed.install;

import org.jspecify.annotations.NullMarked;
