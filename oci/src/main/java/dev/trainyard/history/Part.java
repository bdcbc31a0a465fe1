package dev.trainyard.history;

/** One part of an artifact: a layer that standard tools write as a file or a directory. */
public sealed interface Part {

  /** Name of the file or directory. */
  String title();

  /** A directory, kept as a tar. */
  record Tree(String title, Entries entries) implements Part {}

  /** A text, kept as it is. */
  record Text(String title, String mediaType, Entry.Content content) implements Part {}
}
