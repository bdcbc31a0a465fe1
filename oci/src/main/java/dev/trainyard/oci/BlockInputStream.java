package dev.trainyard.oci;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream over another one that has to see all that passes. It is read in blocks, and a single
 * byte is a block of one, so that what is done with the bytes stands in one place.
 */
public abstract class BlockInputStream extends FilterInputStream {

  /** Reads from another stream, which is closed with this one. */
  protected BlockInputStream(InputStream in) {
    super(in);
  }

  @Override
  public final int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public abstract int read(byte[] bytes, int offset, int length) throws IOException;
}
