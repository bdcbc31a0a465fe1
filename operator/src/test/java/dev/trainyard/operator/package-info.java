/** Tests of the operator as a whole. */
@NullMarked
package dev.trainyard.operator;

import org.jspecify.annotations.NullMarked;
