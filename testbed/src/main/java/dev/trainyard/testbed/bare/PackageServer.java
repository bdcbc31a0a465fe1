package dev.trainyard.testbed.bare;

import dev.trainyard.oci.Digest;
import dev.trainyard.testbed.Progress;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A conda channel and a wheel index with real packages, made once into the cache and served by the
 * node: {@code /channel}, {@code /simple}, and {@code /private/channel} and {@code
 * /private/simple}, which ask for the user {@value #USER} with the password {@value #PASSWORD}.
 */
public final class PackageServer {
  public static final int PORT = 5080;
  public static final String USER = "reader";
  public static final String PASSWORD = "canary-7f3a9c51e2";

  private static final String SCRIPT = "channel.sh";
  private static final String PROGRAM = "channel.py";

  private PackageServer() {}

  /** Makes the packages unless they are there; gives their directory. */
  static Path make(Path cache, ImageLayers layers, Progress progress)
      throws IOException, InterruptedException {
    Path script = Scripts.copy(cache, SCRIPT);
    Path program = Scripts.copy(cache, PROGRAM);
    String identity =
        Digest.of(
                (Files.readString(script) + Files.readString(program))
                    .getBytes(StandardCharsets.UTF_8))
            .hex()
            .substring(0, 12);
    Path directory = cache.resolve("packages-" + identity);
    if (!Files.exists(directory.resolve("made.mark"))) {
      try (var phase = progress.phase("Making a conda channel and a wheel index (once)")) {
        Root.command(List.of("bash", script.toString()))
            .with("DIR", directory.toString())
            .with("BASE", layers.root().toString())
            .to(progress::say)
            .run();
      }
    }
    return directory;
  }

  /** Puts the packages where the node serves files from. */
  static void offer(Path packages, Path state) throws IOException {
    Path served = state.resolve("packages");
    Files.createDirectories(served.resolve("private"));
    for (String name : List.of("channel", "simple")) {
      link(served.resolve(name), packages.resolve(name));
      link(served.resolve("private").resolve(name), packages.resolve(name));
    }
    Files.writeString(state.resolve("packages.conf"), "/private:" + USER + ":" + PASSWORD + "\n");
  }

  private static void link(Path link, Path target) throws IOException {
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, target);
  }
}
