@NullMarked
package dev.trainyard.builder.git;

import org.jspecify.annotations.NullMarked;
