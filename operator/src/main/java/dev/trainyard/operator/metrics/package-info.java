/** What Prometheus is told of the operator and its runs; docs/operations.md lists the metrics. */
@NullMarked
package dev.trainyard.operator.metrics;

import org.jspecify.annotations.NullMarked;
