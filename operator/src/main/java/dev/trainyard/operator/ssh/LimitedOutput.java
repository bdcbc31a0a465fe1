package dev.trainyard.operator.ssh;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Keeps the first bytes of an output and tells when there are more. */
final class LimitedOutput extends OutputStream {
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final int limit;
  private final Runnable exceeded;

  LimitedOutput(int limit, Runnable exceeded) {
    this.limit = limit;
    this.exceeded = exceeded;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) {
    int room = limit - kept.size();
    kept.write(bytes, offset, Math.min(room, length));
    if (length > room) {
      exceeded.run();
    }
  }

  synchronized byte[] bytes() {
    return kept.toByteArray();
  }

  String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }
}
