package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.io.InputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What scripts without Docker leave: files in the folder of their attempt. */
final class ProcessRemains implements Remains {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration OUTPUT = Duration.ofMinutes(10);
  private static final Duration DIRECTORY = Duration.ofMinutes(30);
  private static final int MOST_DIRECTORIES = 64 * 1024;

  @Override
  public Optional<InputStream> output(SshConnection connection, RunAttempt attempt)
      throws SshFailure {
    return Optional.of(
        connection.open(
            List.of(
                "sh",
                "-c",
                ProcessScripts.OUTPUT,
                "trainyard",
                attempt.name(),
                Long.toString(MOST_OUTPUT)),
            OUTPUT));
  }

  @Override
  public List<String> directories(SshConnection connection, RunAttempt attempt) throws SshFailure {
    String text =
        connection
            .run(
                List.of("sh", "-c", ProcessScripts.DIRECTORIES, "trainyard", attempt.name()),
                MOST_DIRECTORIES,
                LIMIT)
            .output();
    return Arrays.stream(text.split("\0")).filter(name -> !name.isEmpty()).toList();
  }

  @Override
  public Optional<InputStream> tar(SshConnection connection, RunAttempt attempt, String path)
      throws SshFailure {
    return Optional.of(
        connection.open(
            List.of("sh", "-c", ProcessScripts.TAR, "trainyard", attempt.name(), path), DIRECTORY));
  }
}
