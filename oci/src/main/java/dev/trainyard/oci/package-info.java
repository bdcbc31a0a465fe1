/** A client of OCI registries: what snapshots, environments and run images need of one. */
@NullMarked
package dev.trainyard.oci;

import org.jspecify.annotations.NullMarked;
