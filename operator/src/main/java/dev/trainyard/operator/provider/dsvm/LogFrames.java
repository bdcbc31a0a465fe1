package dev.trainyard.operator.provider.dsvm;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * What a container printed, out of the frames in which the engine sends it: eight bytes, whose last
 * four are a length, and as many bytes. It ends where the frames end or the limit is reached.
 */
final class LogFrames extends InputStream {
  private final DataInputStream in;
  private long allowed;
  private long left;

  LogFrames(InputStream in, long mostBytes) {
    this.in = new DataInputStream(in);
    this.allowed = mostBytes;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    while (left == 0) {
      if (!next()) {
        return -1;
      }
    }
    if (allowed <= 0) {
      return -1;
    }
    int count = in.read(bytes, offset, (int) Math.min(Math.min(left, allowed), length));
    if (count < 0) {
      throw new EOFException("an output ended in the middle of a frame");
    }
    left -= count;
    allowed -= count;
    return count;
  }

  private boolean next() throws IOException {
    int first = in.read();
    if (first < 0) {
      return false;
    }
    in.readNBytes(3);
    left = Integer.toUnsignedLong(in.readInt());
    // A frame without content would be read for ever.
    allowed--;
    return allowed > 0;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
