/** Packs an installed conda environment as an image. */
@NullMarked
package dev.trainyard.builder.environment;

import org.jspecify.annotations.NullMarked;
