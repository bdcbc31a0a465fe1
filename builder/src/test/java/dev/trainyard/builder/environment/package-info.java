@NullMarked
package dev.trainyard.builder.environment;

import org.jspecify.annotations.NullMarked;
