package dev.trainyard.testbed;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Tells a person at a terminal what is happening, with the seconds since the start. */
public final class Progress {
  private final PrintStream out;
  private final long begin = System.nanoTime();

  public Progress(PrintStream out) {
    this.out = out;
  }

  /** One line. */
  public void say(String text) {
    out.printf(Locale.ROOT, "%6.1fs  %s%n", seconds(begin), text);
    out.flush();
  }

  /** A phase, whose length is told when it is closed. */
  public Phase phase(String text) {
    say(text + " …");
    return new Phase(text);
  }

  private static double seconds(long since) {
    return Duration.ofNanos(System.nanoTime() - since).toMillis() / 1000.0;
  }

  /** A phase that is under way. */
  public final class Phase implements AutoCloseable {
    private final String text;
    private final long from = System.nanoTime();

    private Phase(String text) {
      this.text = text;
    }

    @Override
    public void close() {
      say(String.format(Locale.ROOT, "%s: %.1f s", text, seconds(from)));
    }
  }
}
