package dev.trainyard.oci;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/** Tells how many bytes were read so far. */
public final class CountingStream extends BlockInputStream {
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
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    if (read > 0) {
      count += read;
      progress.accept(count);
    }
    return read;
  }
}
