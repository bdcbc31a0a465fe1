@NullMarked
package dev.trainyard.api;

import org.jspecify.annotations.NullMarked;
