/** Faults between the operator and what it calls: requests that are refused, lost or never sent. */
@NullMarked
package dev.trainyard.testbed.faults;

import org.jspecify.annotations.NullMarked;
