package dev.trainyard.testbed.bare;

import dev.trainyard.oci.Digest;
import dev.trainyard.testbed.Command;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * The Kubernetes binaries, built once from Go modules into the cache: {@code node} holds every
 * component, chosen by its first argument, and {@code coredns} the cluster's DNS. Go keeps what it
 * compiled, so that an interrupted build goes on where it was.
 */
final class Binaries {
  private static final String VERSION = "1.34.4";
  private static final Duration REPORT = Duration.ofSeconds(15);

  private final Path sources;
  private final Path cache;
  private final Progress progress;

  /**
   * @param sources folder with the modules {@code node} and {@code dns}
   */
  Binaries(Path sources, Path cache, Progress progress) {
    this.sources = sources;
    this.cache = cache;
    this.progress = progress;
  }

  /** Builds what is not there; gives the folder with both binaries. */
  Path build() throws IOException, InterruptedException {
    Path directory = cache.resolve("bin-" + identity().substring(0, 12));
    Files.createDirectories(directory);
    String version = "k8s.io/component-base/version";
    build(
        "node",
        directory.resolve("node"),
        "about 7 minutes on 2 cores",
        "-s -w -X %1$s.gitVersion=v%2$s -X %1$s.gitMajor=1 -X %1$s.gitMinor=34"
            .formatted(version, VERSION));
    build("dns", directory.resolve("coredns"), "about 2 minutes on 2 cores", "-s -w");
    return directory;
  }

  private void build(String module, Path binary, String duration, String linker)
      throws IOException, InterruptedException {
    if (Files.isExecutable(binary)) {
      return;
    }
    requireGo();
    Path unfinished = binary.resolveSibling(binary.getFileName() + ".new");
    var building = new AtomicBoolean(true);
    try (var phase =
        progress.phase("Building " + binary.getFileName() + " (" + duration + ", once)")) {
      Thread reporter = Thread.ofVirtual().start(() -> report(module, building));
      Command.of(
              "go",
              "build",
              "-trimpath",
              "-tags",
              "providerless",
              "-ldflags",
              linker,
              "-o",
              unfinished.toString(),
              ".")
          .in(sources.resolve(module))
          .with("CGO_ENABLED", "0")
          .within(3_000)
          .run();
      building.set(false);
      reporter.interrupt();
    } finally {
      building.set(false);
    }
    Files.move(unfinished, binary, StandardCopyOption.ATOMIC_MOVE);
  }

  private void report(String module, AtomicBoolean building) {
    try {
      while (building.get()) {
        Thread.sleep(REPORT);
        if (building.get()) {
          progress.say("  still compiling " + module);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void requireGo() throws IOException, InterruptedException {
    try {
      Command.of("go", "version").within(30).run();
    } catch (IOException | TestbedException e) {
      throw new TestbedException(
          "Building Kubernetes needs Go 1.26 or newer, and there is no `go` in PATH: install it,"
              + " start Docker, or name a cluster of yours in TRAINYARD_CONTEXT.");
    }
  }

  /** What the binaries are built from. */
  private String identity() throws IOException {
    MessageDigest digest = Digest.sha256();
    digest.update(VERSION.getBytes(StandardCharsets.UTF_8));
    for (String module : List.of("node", "dns")) {
      try (Stream<Path> files = Files.list(sources.resolve(module))) {
        for (Path file : files.sorted().toList()) {
          digest.update(Files.readAllBytes(file));
        }
      }
    }
    return Digest.of(digest).hex();
  }
}
