package dev.trainyard.operator.history;

import dev.trainyard.oci.BlockInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Passes bytes on and tells the lines in them; of a very long line the first 4 KiB are told. */
final class LineTap extends BlockInputStream {
  private static final int LONGEST = 4_096;

  private final Consumer<String> lines;
  private final byte[] line = new byte[LONGEST];
  private int length;
  private boolean begun;

  LineTap(InputStream in, Consumer<String> lines) {
    super(in);
    this.lines = lines;
  }

  @Override
  public int read(byte[] buffer, int offset, int count) throws IOException {
    int read = in.read(buffer, offset, count);
    for (int i = offset; i < offset + read; i++) {
      take(buffer[i]);
    }
    if (read < 0 && begun) {
      tell();
    }
    return read;
  }

  private void take(byte value) {
    if (value == '\n') {
      tell();
      return;
    }
    begun = true;
    if (length < LONGEST) {
      line[length++] = value;
    }
  }

  private void tell() {
    String text = new String(line, 0, length, StandardCharsets.UTF_8);
    // A progress bar draws over its line; what it drew last is what counts.
    String seen = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    lines.accept(seen.substring(seen.lastIndexOf('\r') + 1));
    length = 0;
    begun = false;
  }
}
