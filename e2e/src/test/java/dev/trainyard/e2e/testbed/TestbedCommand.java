package dev.trainyard.e2e.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.testbed.Checkouts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The testbed's command for one cluster, as the Makefile calls it. */
final class TestbedCommand {
  private static final long LONGEST_SECONDS = 240;

  private final String cluster;

  /**
   * @param cluster name of a cluster of the test's own
   */
  TestbedCommand(String cluster) {
    this.cluster = cluster;
  }

  /**
   * A name for a cluster of this checkout's own, since others may be tested on this machine at the
   * same time. Short enough for network devices that are called after it.
   *
   * @param prefix one letter for each test class
   */
  static String ownName(String prefix) {
    String own = Checkouts.name(Path.of("..").toAbsolutePath().normalize());
    return prefix + own.substring(0, Math.min(own.length(), 10));
  }

  /** Runs a subcommand to its end; gives the lines of its output. */
  List<String> run(String subcommand) throws IOException, InterruptedException {
    Process process = start(subcommand);
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)).as(output).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output.lines().toList();
  }

  /** Starts a subcommand. */
  Process start(String subcommand) throws IOException {
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home", ""), "bin", "java").toString(),
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            Objects.requireNonNullElse(
                System.getProperty("surefire.test.class.path"),
                System.getProperty("java.class.path", "")),
            "dev.trainyard.testbed.Main",
            "--checkout=" + Path.of("..").toAbsolutePath().normalize(),
            subcommand);
    builder.environment().put("TRAINYARD_CLUSTER", cluster);
    return builder.redirectErrorStream(true).start();
  }
}
