package dev.trainyard.history;

import dev.trainyard.oci.BlockInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads a tar that may be made to do harm. What comes before an entry's content, its header and the
 * long names and sparse maps that the library keeps in memory, is bounded.
 */
final class GuardedTar implements AutoCloseable {
  private static final long LARGEST_HEAD = 1 << 20;
  private static final int BUFFER = 1 << 16;

  private final Meter meter;
  private final TarArchiveInputStream tar;

  GuardedTar(InputStream in) {
    meter = new Meter(in);
    tar = new TarArchiveInputStream(meter, StandardCharsets.UTF_8.name());
  }

  /** The next entry; what is left of the one before is passed over. */
  Optional<TarArchiveEntry> next() throws IOException {
    byte[] rest = new byte[BUFFER];
    while (tar.getCurrentEntry() != null && tar.read(rest, 0, rest.length) >= 0) {
      continue;
    }
    meter.left = LARGEST_HEAD;
    try {
      return Optional.ofNullable(tar.getNextEntry());
    } catch (RuntimeException e) {
      throw new IOException("what should be a tar is none", e);
    } finally {
      meter.left = Long.MAX_VALUE;
    }
  }

  /** Reads to the end of what the tar comes in, which tells whether all of it came. */
  void finish() throws IOException {
    byte[] rest = new byte[BUFFER];
    meter.left = LARGEST_HEAD;
    while (meter.read(rest, 0, rest.length) >= 0) {
      continue;
    }
  }

  /** The content of the entry that came last; closing it leaves the tar open. */
  InputStream content() {
    return new FilterInputStream(tar) {
      @Override
      public void close() {
        // The tar goes on.
      }
    };
  }

  /** Bytes that were read so far. */
  long read() {
    return meter.read;
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  /** Counts, and ends where it may be read no further. */
  private static final class Meter extends BlockInputStream {
    private long left = LARGEST_HEAD;
    private long read;

    Meter(InputStream in) {
      super(in);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left <= 0) {
        throw new IOException("a tar has a header that is larger than any that means well");
      }
      int count = in.read(bytes, offset, (int) Math.min(left, length));
      if (count > 0) {
        left -= count;
        read += count;
      }
      return count;
    }

    @Override
    public long skip(long count) throws IOException {
      byte[] bytes = new byte[(int) Math.min(count, BUFFER)];
      return Math.max(0, read(bytes, 0, bytes.length));
    }
  }
}
