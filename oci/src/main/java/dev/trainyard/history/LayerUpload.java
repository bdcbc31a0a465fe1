package dev.trainyard.history;

import dev.trainyard.oci.ArtifactClient;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/** Sends one layer while it is being written; what is under way is a pipe's buffer. */
final class LayerUpload {
  private static final int PIPE = 1 << 18;
  private static final Executor WRITERS = task -> Thread.ofVirtual().name("layer").start(task);

  /** Writes the layer and closes the stream. */
  @FunctionalInterface
  interface Writer {
    void write(OutputStream out) throws IOException;
  }

  private LayerUpload() {}

  static Descriptor send(
      ArtifactClient registry, Repository repository, String mediaType, Writer writer)
      throws RegistryException, IOException {
    MessageDigest computation = Digest.sha256();
    try (var in = new PipedInputStream(PIPE);
        var pipe = new PipedOutputStream(in)) {
      var out = new CountingOutput(new DigestOutputStream(pipe, computation));
      CompletableFuture<Digest> written =
          CompletableFuture.supplyAsync(() -> write(writer, out, pipe, computation), WRITERS);
      registry.pushStream(repository, in, written::join);
      return new Descriptor(mediaType, written.join(), out.count());
    } catch (CompletionException e) {
      throw e.getCause() instanceof WriteFailed failed
              && failed.getCause() instanceof IOException io
          ? io
          : new IOException("The layer could not be written", e);
    }
  }

  private static Digest write(
      Writer writer, OutputStream out, PipedOutputStream pipe, MessageDigest computation) {
    try (pipe) {
      writer.write(out);
      return Digest.of(computation);
    } catch (IOException e) {
      throw new WriteFailed(e);
    }
  }

  private static final class WriteFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WriteFailed(IOException cause) {
      super(cause);
    }
  }

  private static final class CountingOutput extends FilterOutputStream {
    private volatile long count;

    CountingOutput(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
      add(1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      add(length);
    }

    /** One thread writes, another reads the number afterwards. */
    private synchronized void add(int bytes) {
      count += bytes;
    }

    long count() {
      return count;
    }
  }
}
