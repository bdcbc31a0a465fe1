package dev.trainyard.testbed.bare;

import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Gives each cluster a link network 10.90.N.0/30 of its own: a file a number, made by its owner.
 */
final class Links {
  private static final int MOST = 200;

  private Links() {}

  /** The number that the owner has, or a free one. */
  static int claim(Path directory, String owner) throws IOException {
    Files.createDirectories(directory);
    for (int number = 1; number <= MOST; number++) {
      Path file = directory.resolve(Integer.toString(number));
      if (isOf(owner, file)) {
        if (!isOfAnother(number, owner)) {
          return number;
        }
        Files.deleteIfExists(file);
      }
    }
    for (int number = 1; number <= MOST; number++) {
      if (isOfAnother(number, owner)) {
        continue;
      }
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

  /** A cluster's device has the cluster's name. */
  private static boolean isOfAnother(int number, String owner) throws IOException {
    byte[] host = {10, 90, (byte) number, 1};
    NetworkInterface device = NetworkInterface.getByInetAddress(InetAddress.getByAddress(host));
    return device != null && !device.getName().equals(owner);
  }

  /** A file may go at any moment: other clusters are ended meanwhile. */
  private static boolean isOf(String owner, Path file) throws IOException {
    try {
      return Files.readString(file).equals(owner);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  static void release(Path directory, String owner) throws IOException {
    for (int number = 1; number <= MOST; number++) {
      Path file = directory.resolve(Integer.toString(number));
      if (isOf(owner, file)) {
        Files.deleteIfExists(file);
      }
    }
  }
}
