package dev.trainyard.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A program of this machine: its words are passed as they are, never through a shell. */
public final class Command {
  private static final int TAIL = 20;

  private final List<String> words;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private Path directory = Path.of("").toAbsolutePath();
  private Consumer<String> lines = line -> {};
  private long seconds = 1_800;

  private Command(List<String> words) {
    this.words = new ArrayList<>(words);
  }

  public static Command of(String... words) {
    return new Command(List.of(words));
  }

  public static Command of(List<String> words) {
    return new Command(words);
  }

  public Command in(Path directory) {
    this.directory = directory;
    return this;
  }

  public Command with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Where each line of output and error goes. */
  public Command to(Consumer<String> lines) {
    this.lines = lines;
    return this;
  }

  public Command within(long seconds) {
    this.seconds = seconds;
    return this;
  }

  /**
   * Runs it to its end.
   *
   * @return what it printed
   * @throws TestbedException when it is not in PATH, fails or takes too long; the message has its
   *     last lines
   */
  public String run() throws IOException, InterruptedException {
    var builder = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = start(builder);
    process.getOutputStream().close();
    var output = new StringBuilder();
    Deque<String> tail = new ArrayDeque<>();
    Thread reader = Thread.ofVirtual().start(() -> read(process, output, tail));
    if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new TestbedException(
          String.join(" ", words) + " did not end within " + seconds + " s:\n" + join(tail));
    }
    reader.join(5_000);
    if (process.exitValue() != 0) {
      throw new TestbedException(
          String.join(" ", words)
              + " ended with exit code "
              + process.exitValue()
              + ":\n"
              + join(tail));
    }
    synchronized (tail) {
      return output.toString();
    }
  }

  private Process start(ProcessBuilder builder) throws IOException {
    try {
      return builder.start();
    } catch (IOException e) {
      if (Files.isDirectory(directory) && !words.getFirst().contains("/")) {
        throw new TestbedException(
            "The program `"
                + words.getFirst()
                + "` is needed and is not in PATH: install it, or add its folder to PATH.");
      }
      throw e;
    }
  }

  private void read(Process process, StringBuilder output, Deque<String> tail) {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (tail) {
          output.append(line).append('\n');
          tail.addLast(line);
          if (tail.size() > TAIL) {
            tail.removeFirst();
          }
        }
        lines.accept(line);
      }
    } catch (IOException e) {
      lines.accept("(the output ended: " + e.getMessage() + ")");
    }
  }

  private static String join(Deque<String> tail) {
    synchronized (tail) {
      return String.join("\n", tail);
    }
  }
}
