package dev.trainyard.operator.provider;

import dev.trainyard.history.Part;
import dev.trainyard.operator.status.Reason;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** How far the collecting of what an attempt left is. */
public sealed interface Outputs {

  /** The attempt has nothing to collect. */
  record None() implements Outputs {}

  /** The script has ended or is being ended, and what it left is on its way. */
  record Collecting(String message) implements Outputs {}

  /**
   * It is in the registry.
   *
   * @param digest digest of the artifact
   * @param size bytes in the registry
   * @param note what was left out, or empty
   * @param metrics newest value of each metric that the script left in files
   */
  record Collected(String digest, long size, long files, String note, Map<String, String> metrics)
      implements Outputs {}

  /** It is where the attempt ran, which stores nothing itself: the operator does. */
  record Readable(Directories directories) implements Outputs {}

  /** The directories that an attempt left. */
  @FunctionalInterface
  interface Directories {

    /**
     * Those that have something in them. Blocks, as reading them does.
     *
     * @throws BackendUnavailableException when they can be asked for again; reading them may throw
     *     it, too
     */
    List<Part.Tree> open() throws IOException;
  }

  /** It could not be collected, or nobody knows; the registry may have it all the same. */
  record Lost(Reason reason, String message) implements Outputs {}
}
