@NullMarked
package dev.trainyard.operator.environment;

import org.jspecify.annotations.NullMarked;
