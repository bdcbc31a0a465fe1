package dev.trainyard.builder.git;

import java.nio.file.Path;

/**
 * A source directory on disk.
 *
 * @param commit id of the commit that it is of
 */
public record Checkout(Path directory, String commit) {}
