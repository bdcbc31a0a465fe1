package dev.trainyard.e2e.faults;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The operator as a process of this machine, which can be killed at any moment. */
public final class OperatorProcess implements AutoCloseable {
  private final Process process;
  private final Path log;

  /** Where its own words begin: others may have written to the log before it. */
  private final int begin;

  private OperatorProcess(Process process, Path log, int begin) {
    this.process = process;
    this.log = log;
    this.begin = begin;
  }

  /** Starts it with the given environment and nothing of ours. */
  public static OperatorProcess start(Map<String, String> environment, Path log)
      throws IOException {
    String java = Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
            java,
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            Objects.requireNonNullElse(
                System.getProperty("surefire.test.class.path"),
                System.getProperty("java.class.path", "")),
            "dev.trainyard.operator.Main");
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    int begin = Files.exists(log) ? Files.readString(log).length() : 0;
    return new OperatorProcess(builder.start(), log, begin);
  }

  public void kill() {
    process.destroyForcibly();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Whether it has started, and watches. */
  public boolean isUp() {
    return log().indexOf("Trainyard is up", begin) >= 0;
  }

  /** What it said so far, after those that wrote to the same log before it. */
  public String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    await().atMost(Duration.ofSeconds(20)).until(() -> process.waitFor(1, TimeUnit.SECONDS));
  }
}
