/** Which servers are trusted. */
@NullMarked
package dev.trainyard.builder.tls;

import org.jspecify.annotations.NullMarked;
