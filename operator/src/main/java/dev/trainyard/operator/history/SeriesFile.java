package dev.trainyard.operator.history;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file for the values of metrics, from when they are read until they are stored. */
final class SeriesFile implements AutoCloseable {
  private final Path file;
  private final BufferedWriter writer;

  SeriesFile() throws IOException {
    file = Files.createTempFile("series", ".jsonl");
    writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8);
  }

  BufferedWriter writer() {
    return writer;
  }

  /** Ends the writing, and reads what was written. */
  InputStream read() throws IOException {
    writer.close();
    return Files.newInputStream(file);
  }

  @Override
  public void close() throws IOException {
    writer.close();
    Files.deleteIfExists(file);
  }
}
