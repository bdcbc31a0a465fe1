/** What the API server itself accepts and refuses; the operator need not run. */
@NullMarked
package dev.trainyard.e2e.admission;

import org.jspecify.annotations.NullMarked;
