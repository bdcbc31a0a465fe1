@NullMarked
package dev.trainyard.operator.image;

import org.jspecify.annotations.NullMarked;
