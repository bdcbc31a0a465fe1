/** Snapshots: a source directory as one content-addressed layer in a registry. */
@NullMarked
package dev.trainyard.snapshot;

import org.jspecify.annotations.NullMarked;
