/** Snapshots and run images in the registry. */
@NullMarked
package dev.trainyard.operator.image;

import org.jspecify.annotations.NullMarked;
