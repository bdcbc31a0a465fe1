@NullMarked
package dev.trainyard.builder;

import org.jspecify.annotations.NullMarked;
