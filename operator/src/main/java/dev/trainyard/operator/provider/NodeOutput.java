package dev.trainyard.operator.provider;

import java.io.InputStream;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The output of one node of an attempt.
 *
 * @param title name of the file that it is kept in
 * @param open opens it from its beginning, following it to its end; empty when it is not there any
 *     more. Blocks.
 */
public record NodeOutput(String title, Supplier<Optional<InputStream>> open) {}
