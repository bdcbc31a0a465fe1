@NullMarked
package dev.trainyard.snapshot;

import org.jspecify.annotations.NullMarked;
