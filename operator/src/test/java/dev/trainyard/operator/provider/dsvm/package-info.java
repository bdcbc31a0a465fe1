/** Tests of the package. */
@NullMarked
package dev.trainyard.operator.provider.dsvm;

import org.jspecify.annotations.NullMarked;
