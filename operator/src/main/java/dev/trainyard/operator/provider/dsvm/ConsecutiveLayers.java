package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.BlockInputStream;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Layers one behind the other; each is opened when the one before it is over. */
final class ConsecutiveLayers extends BlockInputStream {
  private final Deque<Descriptor> coming;
  private final Opening opening;

  /** Opens a layer. */
  interface Opening {
    InputStream open(Digest layer) throws RegistryException;
  }

  ConsecutiveLayers(List<Descriptor> layers, Opening opening) {
    super(InputStream.nullInputStream());
    this.coming = new ArrayDeque<>(layers);
    this.opening = opening;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int count = in.read(buffer, offset, length);
    while (count < 0 && !coming.isEmpty()) {
      in.close();
      in = opened(coming.remove());
      count = in.read(buffer, offset, length);
    }
    return count;
  }

  private InputStream opened(Descriptor layer) throws IOException {
    try {
      return opening.open(layer.digest());
    } catch (RegistryException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
