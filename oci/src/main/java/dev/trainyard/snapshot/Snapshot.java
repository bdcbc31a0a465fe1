package dev.trainyard.snapshot;

import dev.trainyard.oci.Digest;

/**
 * A snapshot in a registry.
 *
 * @param digest digest of its manifest
 * @param diffId digest of its layer before compression: the identity of the content
 * @param files number of files and links
 * @param pushedBytes bytes that went to the registry; 0 when the content was there already
 */
public record Snapshot(Digest digest, Digest diffId, long files, long pushedBytes) {}
