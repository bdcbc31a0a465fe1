package dev.trainyard.operator.image;

import dev.trainyard.oci.RegistryException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Reads of which many callers want the same at once. Each gets what a read found that began after
 * it asked, so nothing is older than if it had read for itself; those that ask while one is under
 * way share the next one. Nothing is kept beyond that.
 *
 * @param <K> what is read
 * @param <V> what is found
 */
public final class SharedReads<K, V> {
  private static final int TURNS = 64;

  /** One read of a key at a time; keys may share a turn. */
  private final List<Lock> turns = Stream.<Lock>generate(ReentrantLock::new).limit(TURNS).toList();

  /** Reads that did not begin yet. */
  private final Map<K, CompletableFuture<V>> next = new HashMap<>();

  /**
   * A read.
   *
   * @param <V> what is found
   */
  @FunctionalInterface
  public interface Read<V> {
    V execute() throws RegistryException;
  }

  /**
   * Reads, or waits for the read of another caller.
   *
   * @throws RegistryException what the read threw, for all who share it
   */
  public V read(K key, Read<V> read) throws RegistryException {
    var own = new CompletableFuture<V>();
    CompletableFuture<V> shared;
    synchronized (next) {
      shared = next.computeIfAbsent(key, absent -> own);
    }
    if (shared == own) {
      execute(key, read, own);
    }
    return result(shared);
  }

  private void execute(K key, Read<V> read, CompletableFuture<V> result) {
    Lock turn = turns.get(Math.floorMod(key.hashCode(), TURNS));
    turn.lock();
    try {
      synchronized (next) {
        // Who asks from here on may want to see what this read misses.
        next.remove(key);
      }
      result.complete(read.execute());
    } catch (RegistryException | RuntimeException e) {
      result.completeExceptionally(e);
    } finally {
      turn.unlock();
    }
  }

  private static <V> V result(CompletableFuture<V> shared) throws RegistryException {
    try {
      return shared.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RegistryException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    }
  }
}
