@NullMarked
package dev.trainyard.operator.runconfiguration;

import org.jspecify.annotations.NullMarked;
