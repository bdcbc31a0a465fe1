@NullMarked
package dev.trainyard.operator.provider.local;

import org.jspecify.annotations.NullMarked;
