@NullMarked
package dev.trainyard.operator.apiserver;

import org.jspecify.annotations.NullMarked;
