package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.BlockInputStream;
import dev.trainyard.operator.status.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A layer on its way: tells how far it is, and breaks off when its run no longer wants it. */
final class WatchedLayer extends BlockInputStream {
  private static final Duration REPORT = Duration.ofSeconds(2);
  private static final long MEGABYTE = 1_000_000;

  private final long total;
  private final Execution.Start start;
  private long bytes;
  private long told = System.nanoTime();
  private volatile @Nullable IOException broken;

  WatchedLayer(InputStream in, long total, Execution.Start start) {
    super(in);
    this.total = total;
    this.start = start;
  }

  /** What it says of itself after some bytes of all. */
  static String progress(long bytes, long total) {
    return "The machine unpacks the conda environment: "
        + bytes / MEGABYTE
        + " of "
        + total / MEGABYTE
        + " MB.";
  }

  /** Why it could not be read to its end, if that is so. */
  Optional<IOException> broken() {
    return Optional.ofNullable(broken);
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count;
    try {
      if (start.unwanted().getAsBoolean()) {
        throw new IOException("it is no longer wanted");
      }
      count = in.read(buffer, offset, length);
    } catch (IOException e) {
      broken = e;
      throw e;
    }
    bytes += Math.max(0, count);
    if (System.nanoTime() - told > REPORT.toNanos()) {
      told = System.nanoTime();
      start.progress().accept(Reason.UNPACKING_ENVIRONMENT, progress(bytes, total));
    }
    return count;
  }
}
