@NullMarked
package dev.trainyard.operator.status;

import org.jspecify.annotations.NullMarked;
