package dev.trainyard.testbed;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.CRC32;

/** Names and folders by which several checkouts on one machine keep out of each other's way. */
public final class Checkouts {
  private Checkouts() {}

  /** The folder for everything that is kept outside the tree. */
  public static Path cache() {
    String own = System.getenv("TRAINYARD_CACHE");
    if (own != null && !own.isBlank()) {
      return Path.of(own).toAbsolutePath();
    }
    String xdg = System.getenv("XDG_CACHE_HOME");
    Path caches =
        xdg == null || xdg.isBlank()
            ? Path.of(Objects.requireNonNull(System.getProperty("user.home")), ".cache")
            : Path.of(xdg);
    return caches.resolve("trainyard");
  }

  /**
   * Name of a checkout's cluster: {@code TRAINYARD_CLUSTER}, or letters and digits that follow from
   * its path. At most 11 characters, since a network device has the same name.
   */
  public static String name(Path checkout) {
    String own = System.getenv("TRAINYARD_CLUSTER");
    if (own != null && !own.isBlank()) {
      if (!own.matches("[a-z][a-z0-9]{0,10}")) {
        throw new TestbedException(
            "TRAINYARD_CLUSTER is '"
                + own
                + "': write at most 11 small letters and digits that begin with a letter.");
      }
      return own;
    }
    var crc = new CRC32();
    crc.update(checkout.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8));
    return "yd" + String.format("%08x", crc.getValue());
  }

  /** Folder for the state of a checkout's cluster. */
  public static Path state(Path checkout) {
    return cache().resolve("clusters").resolve(name(checkout));
  }

  /** File that says which images were loaded into a checkout's cluster. */
  public static Path loadedImages(Path checkout) {
    return state(checkout).resolve("loaded-images");
  }
}
