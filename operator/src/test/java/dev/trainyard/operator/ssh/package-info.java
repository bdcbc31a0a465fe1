/** Tests of the package. */
@NullMarked
package dev.trainyard.operator.ssh;

import org.jspecify.annotations.NullMarked;
