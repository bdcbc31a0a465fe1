package dev.trainyard.operator.ssh;

/** What a host says, made fit for a status: one line, no control characters, not long. */
public final class Printable {
  private static final int LONGEST = 300;

  private Printable() {}

  public static String text(String from) {
    String line = from.replaceAll("[\\p{Cntrl}\\p{Cs}\\p{Co}\\p{Cn}]+", " ").strip();
    return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
  }
}
