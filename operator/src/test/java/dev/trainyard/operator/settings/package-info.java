@NullMarked
package dev.trainyard.operator.settings;

import org.jspecify.annotations.NullMarked;
