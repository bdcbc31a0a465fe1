package dev.trainyard.history;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;

/** One entry of a directory that a run left; paths are relative, with '/' between names. */
public sealed interface Entry {

  /** Path below the directory. */
  String path();

  /** A directory. */
  record Directory(String path, Instant modified) implements Entry {}

  /**
   * A regular file.
   *
   * @param size bytes that are kept, even when the file shrinks or grows while it is read
   */
  record File(String path, long size, Instant modified, boolean executable, Content content)
      implements Entry {}

  /**
   * A symbolic link.
   *
   * @param target where it leads, relative to the link
   */
  record Link(String path, String target) implements Entry {}

  /** Something that is left out, and why. */
  record Skipped(String path, String why) implements Entry {}

  /** Opens the bytes of a file. */
  @FunctionalInterface
  interface Content {
    InputStream open() throws IOException;
  }
}
