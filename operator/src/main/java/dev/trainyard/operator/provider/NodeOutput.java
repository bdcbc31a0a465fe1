package dev.trainyard.operator.provider;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The output of one node of an attempt.
 *
 * @param title name of the file that it is kept in
 * @param source where it comes from
 */
public record NodeOutput(String title, Source source) {

  /** Where an output comes from. */
  @FunctionalInterface
  public interface Source {

    /**
     * Opens it from its beginning, following it to its end; empty when it is not there any more.
     * Blocks.
     *
     * @throws BackendUnavailableException when it can be asked for again; reading it may throw it,
     *     too
     */
    Optional<InputStream> open() throws IOException;
  }
}
