package dev.trainyard.testbed.bare;

import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Gives each cluster a link network 10.90.N.0/30 of its own: a file a number, made by its owner.
 */
public final class Links {
  private static final int MOST = 200;

  private Links() {}

  /** The number that the owner has, or a free one. */
  public static int claim(Path directory, String owner) throws IOException {
    Files.createDirectories(directory);
    for (int number = 1; number <= MOST; number++) {
      Path file = directory.resolve(Integer.toString(number));
      if (Files.exists(file) && Files.readString(file).equals(owner)) {
        return number;
      }
    }
    for (int number = 1; number <= MOST; number++) {
      try {
        Files.writeString(
            directory.resolve(Integer.toString(number)), owner, StandardOpenOption.CREATE_NEW);
        return number;
      } catch (FileAlreadyExistsException e) {
        continue;
      }
    }
    throw new TestbedException(
        "All "
            + MOST
            + " link networks are taken: remove files of clusters that are gone from "
            + directory
            + ".");
  }

  static void release(Path directory, String owner) throws IOException {
    for (int number = 1; number <= MOST; number++) {
      Path file = directory.resolve(Integer.toString(number));
      if (Files.exists(file) && Files.readString(file).equals(owner)) {
        Files.delete(file);
      }
    }
  }
}
