package dev.trainyard.testbed.bare;

import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
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
        if (!isOfAnother(number, owner)) {
          return number;
        }
        Files.delete(file);
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

  static void release(Path directory, String owner) throws IOException {
    for (int number = 1; number <= MOST; number++) {
      Path file = directory.resolve(Integer.toString(number));
      if (Files.exists(file) && Files.readString(file).equals(owner)) {
        Files.delete(file);
      }
    }
  }
}
