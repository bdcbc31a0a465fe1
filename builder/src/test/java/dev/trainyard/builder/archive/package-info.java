@NullMarked
package dev.trainyard.builder.archive;

import org.jspecify.annotations.NullMarked;
