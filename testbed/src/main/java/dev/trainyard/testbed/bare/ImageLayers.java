package dev.trainyard.testbed.bare;

import dev.trainyard.oci.Digest;
import dev.trainyard.testbed.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * The layers of the testbed's images, made once by {@code layers.sh} and kept in the cache, in a
 * folder that is named by what the script says.
 */
public final class ImageLayers {
  private static final String SCRIPT = "layers.sh";
  private static final String LAST = "interpreter";

  private final Path directory;

  private ImageLayers(Path directory) {
    this.directory = directory;
  }

  /** The layers, whether or not they are made. */
  public static ImageLayers in(Path cache) throws IOException {
    String identity = Digest.of(Scripts.read(Scripts.class, SCRIPT)).hex().substring(0, 12);
    return new ImageLayers(cache.resolve("layers-" + identity));
  }

  public boolean areMade() {
    return Files.exists(file(LAST));
  }

  /** Makes the layers that are not there. */
  public static ImageLayers make(Path cache, Progress progress)
      throws IOException, InterruptedException {
    ImageLayers layers = in(cache);
    if (!layers.areMade()) {
      Path script = Scripts.copy(cache, SCRIPT);
      try (var phase = progress.phase("Making the layers of the testbed's images (once)")) {
        Root.command(List.of("bash", script.toString()))
            .with("DIR", layers.directory.toString())
            .with("JDK", Objects.requireNonNull(System.getProperty("java.home")))
            .to(progress::say)
            .run();
      }
    }
    return layers;
  }

  /** The root file system that the layers lie on. */
  Path root() {
    return directory.resolve("base");
  }

  /** The folder of all layers; {@code base} in it is the base's root file system. */
  public Path directory() {
    return directory;
  }

  Path file(String layer) {
    return directory.resolve(layer + ".tar.gz");
  }

  Digest digest(String layer) throws IOException {
    return read(layer + ".digest");
  }

  Digest diffId(String layer) throws IOException {
    return read(layer + ".diffid");
  }

  private Digest read(String name) throws IOException {
    return new Digest("sha256:" + Files.readString(directory.resolve(name)).strip());
  }
}
