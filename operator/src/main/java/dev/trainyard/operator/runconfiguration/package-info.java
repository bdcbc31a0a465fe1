/** Reconciles RunConfigurations and resolves them for runs. */
@NullMarked
package dev.trainyard.operator.runconfiguration;

import org.jspecify.annotations.NullMarked;
