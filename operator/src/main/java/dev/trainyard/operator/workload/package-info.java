/** The Jobs and pods that were made for runs, as watches see them. */
@NullMarked
package dev.trainyard.operator.workload;

import org.jspecify.annotations.NullMarked;
