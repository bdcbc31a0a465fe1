package dev.trainyard.history;

import java.io.IOException;

/**
 * The entries of one directory, told one after the other, so that a directory of any size can be
 * stored: from a disk ({@link DirectoryEntries}), or from a machine over a connection.
 */
@FunctionalInterface
public interface Entries {

  /** Takes one entry. */
  @FunctionalInterface
  interface Visitor {
    void visit(Entry entry) throws IOException;
  }

  /** Tells every entry, a directory before what is in it. May be called again after a failure. */
  void visit(Visitor visitor) throws IOException;
}
