@NullMarked
package dev.trainyard.operator.trainingrun;

import org.jspecify.annotations.NullMarked;
