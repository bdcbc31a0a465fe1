/** Runs on the cluster that the operator runs in, as batch/v1 Jobs. */
@NullMarked
package dev.trainyard.operator.provider.local;

import org.jspecify.annotations.NullMarked;
