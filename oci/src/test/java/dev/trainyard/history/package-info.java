@NullMarked
package dev.trainyard.history;

import org.jspecify.annotations.NullMarked;
