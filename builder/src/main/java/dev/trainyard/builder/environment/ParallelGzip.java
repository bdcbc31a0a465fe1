package dev.trainyard.builder.environment;

import dev.trainyard.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Compresses on all cores: the content is cut into blocks of a fixed size, each a gzip member of
 * its own, which RFC 1952 lets stand one behind the other. Between {@link #beginFile} and {@link
 * #endFile} blocks begin anew, so that a file gives the same blocks wherever it stands; those come
 * from a cache that has them. The same content gives the same bytes however many cores there are,
 * and whatever the cache has.
 */
final class ParallelGzip extends OutputStream {
  private static final int BLOCK = 1 << 20;

  private final OutputStream out;
  private final int level;
  private final BlockCache cache;
  private final int ahead = Runtime.getRuntime().availableProcessors() * 2;
  private final ExecutorService workers =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final Deque<Future<byte[]>> blocks = new ArrayDeque<>();
  private byte[] block = new byte[BLOCK];
  private int length;
  private boolean file;

  ParallelGzip(OutputStream out, int level, BlockCache cache) {
    this.out = out;
    this.level = level;
    this.cache = cache;
  }

  /** What follows is the content of one file. */
  void beginFile() throws IOException {
    cut();
    file = true;
  }

  /** The file is over; what does not fill a record of the archive may still come. */
  void endFile() throws IOException {
    cut();
    file = false;
  }

  private void cut() throws IOException {
    if (length > 0) {
      submit();
    }
  }

  @Override
  public void write(int single) throws IOException {
    write(new byte[] {(byte) single}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) throws IOException {
    int done = 0;
    while (done < count) {
      int part = Math.min(count - done, BLOCK - length);
      System.arraycopy(bytes, offset + done, block, length, part);
      length += part;
      done += part;
      if (length == BLOCK) {
        submit();
      }
    }
  }

  private void submit() throws IOException {
    byte[] full = block;
    int size = length;
    boolean kept = file && cache.keeps();
    blocks.add(workers.submit(() -> kept ? kept(full, size) : compressed(full, size)));
    block = new byte[BLOCK];
    length = 0;
    while (blocks.size() > ahead) {
      out.write(next());
    }
  }

  private byte[] next() throws IOException {
    try {
      return blocks.remove().get();
    } catch (ExecutionException e) {
      throw new IOException("cannot compress", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private byte[] kept(byte[] bytes, int size) throws IOException {
    MessageDigest sha = Digest.sha256();
    sha.update(bytes, 0, size);
    Digest content = Digest.of(sha);
    Optional<byte[]> found = cache.find(content);
    if (found.isPresent()) {
      return found.get();
    }
    byte[] block = compressed(bytes, size);
    cache.keep(content, block);
    return block;
  }

  private byte[] compressed(byte[] bytes, int size) throws IOException {
    var result = new ByteArrayOutputStream(size / 2);
    try (var gzip = new LeveledGzip(result, level)) {
      gzip.write(bytes, 0, size);
    }
    return result.toByteArray();
  }

  @Override
  public void close() throws IOException {
    try (out) {
      cut();
      while (!blocks.isEmpty()) {
        out.write(next());
      }
    } finally {
      workers.shutdownNow();
    }
  }

  /** The platform's stream with a level of one's choice. */
  private static final class LeveledGzip extends GZIPOutputStream {
    LeveledGzip(OutputStream out, int level) throws IOException {
      super(out, 1 << 16);
      def.setLevel(level == 0 ? Deflater.DEFAULT_COMPRESSION : level);
    }
  }
}
