@NullMarked
package dev.trainyard.oci;

import org.jspecify.annotations.NullMarked;
