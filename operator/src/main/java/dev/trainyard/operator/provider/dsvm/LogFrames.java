package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.BlockInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * What a container printed, out of the frames in which the engine sends it: eight bytes, whose last
 * four are a length, and as many bytes. It ends where the frames end or the limit is reached.
 */
final class LogFrames extends BlockInputStream {
  private final DataInputStream frames;
  private long allowed;
  private long left;

  LogFrames(InputStream in, long mostBytes) {
    super(in);
    this.frames = new DataInputStream(in);
    this.allowed = mostBytes;
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
    int first = frames.read();
    if (first < 0) {
      return false;
    }
    frames.readNBytes(3);
    left = Integer.toUnsignedLong(frames.readInt());
    // A frame without content would be read for ever.
    allowed--;
    return allowed > 0;
  }
}
