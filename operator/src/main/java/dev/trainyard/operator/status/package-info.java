/** Conditions, their reasons, and events: how the operator speaks to people and tools. */
@NullMarked
package dev.trainyard.operator.status;

import org.jspecify.annotations.NullMarked;
