package dev.trainyard.testbed.bare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Objects;

/**
 * Shell scripts are copied out of the jar, since they begin themselves anew in other namespaces.
 */
public final class Scripts {
  private Scripts() {}

  /** What the script of that name that lies beside a class says. */
  public static byte[] read(Class<?> beside, String name) throws IOException {
    try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
      return in.readAllBytes();
    }
  }

  static Path copy(Path directory, String name) throws IOException {
    return copy(Scripts.class, directory, name);
  }

  /** Copies the script of that name that lies beside a class. */
  public static Path copy(Class<?> beside, Path directory, String name) throws IOException {
    Path copy = directory.resolve(name);
    // Of a name of its own, since several may copy at once.
    Path unfinished = Files.createTempFile(directory, name, ".new");
    try (InputStream in = Objects.requireNonNull(beside.getResourceAsStream(name), name)) {
      Files.copy(in, unfinished, StandardCopyOption.REPLACE_EXISTING);
    }
    Files.move(unfinished, copy, StandardCopyOption.ATOMIC_MOVE);
    return copy;
  }

  /** Whether the copy in a folder is the script as it is now. */
  static boolean isCurrent(Path directory, String name) throws IOException {
    Path copy = directory.resolve(name);
    if (!Files.exists(copy)) {
      return false;
    }
    try (InputStream in = Objects.requireNonNull(Scripts.class.getResourceAsStream(name), name)) {
      return Arrays.equals(in.readAllBytes(), Files.readAllBytes(copy));
    }
  }
}
