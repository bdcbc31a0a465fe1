package dev.trainyard.e2e.environments;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The arguments of every process that this machine has while it is open, those in pods of the bare
 * cluster among them: what anybody on a node reads of a pod.
 */
final class ProcessArguments implements AutoCloseable {
  private static final Path PROCESSES = Path.of("/proc");
  private static final long EVERY_MILLIS = 20;

  private final Set<String> seen = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();

  ProcessArguments() {
    looking.scheduleWithFixedDelay(this::look, 0, EVERY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** The command lines so far, with a space between arguments. */
  Set<String> seen() {
    return seen;
  }

  private void look() {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
      processes.forEach(this::add);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void add(Path process) {
    try {
      seen.add(
          Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1)
              .replace('\0', ' '));
    } catch (IOException e) {
      // The process is over.
    }
  }

  @Override
  public void close() {
    looking.shutdownNow();
  }
}
