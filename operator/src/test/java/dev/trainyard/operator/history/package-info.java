@NullMarked
package dev.trainyard.operator.history;

import org.jspecify.annotations.NullMarked;
