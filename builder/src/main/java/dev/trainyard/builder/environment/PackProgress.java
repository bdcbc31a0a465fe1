package dev.trainyard.builder.environment;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.CountingStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;

/** Tells how far a step is, as lines of JSON that the operator reads from the pod's log. */
final class PackProgress {
  private static final long PAUSE = Duration.ofMillis(500).toNanos();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;
  private long last = System.nanoTime() - PAUSE;

  PackProgress(PrintStream out) {
    this.out = out;
  }

  /** One line, unless there was one just now. */
  synchronized void say(String text) {
    long now = System.nanoTime();
    if (now - last >= PAUSE) {
      last = now;
      out.println(JSON.createObjectNode().put("progress", text));
      out.flush();
    }
  }

  /**
   * A stream that tells how much was read of it and of those before it.
   *
   * @param before bytes of those before it
   * @param size bytes of all
   */
  InputStream reading(InputStream in, long before, long size) {
    return new CountingStream(
        in,
        read -> say("pushing " + (before + read) / 1_000_000 + " of " + size / 1_000_000 + " MB"));
  }
}
