package dev.trainyard.oci;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Tells how many bytes were read so far. */
public final class CountingStream extends FilterInputStream {
  private final LongConsumer progress;
  private long count;

  /**
   * Counts what is read from a stream.
   *
   * @param progress is told the bytes since the beginning, after each read that had some
   */
  public CountingStream(InputStream in, LongConsumer progress) {
    super(in);
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    int value = super.read();
    counted(value < 0 ? 0 : 1);
    return value;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    counted(Math.max(0, read));
    return read;
  }

  private void counted(int bytes) {
    if (bytes > 0) {
      count += bytes;
      progress.accept(count);
    }
  }
}
