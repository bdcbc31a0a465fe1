package dev.trainyard.history;

import dev.trainyard.oci.Digest;
import java.util.List;

/**
 * An artifact in a registry.
 *
 * @param digest digest of its manifest
 * @param bytes size of its layers as they lie in the registry
 * @param files number of files in its directories
 * @param skipped the first of what was left out, each with why
 * @param skippedCount how many entries were left out
 */
public record StoredArtifact(
    Digest digest, long bytes, long files, List<String> skipped, long skippedCount) {}
