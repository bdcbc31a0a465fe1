@NullMarked
package dev.trainyard.operator.source;

import org.jspecify.annotations.NullMarked;
