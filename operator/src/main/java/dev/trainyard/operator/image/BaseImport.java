package dev.trainyard.operator.image;

import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.oci.RunImageComposer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * Brings the layers of one base image into one namespace's repository, in the background, and tells
 * how far it is. They are copied once into a repository that all namespaces share and mounted from
 * there, which moves no bytes. Interrupted by a restart, it begins again and skips what is there.
 */
public final class BaseImport {

  /** Where the import stands. */
  public sealed interface State {}

  /** Layers are on their way. */
  public record Importing(long bytes, long total) implements State {}

  /** All layers are there. */
  public record Imported() implements State {}

  /** It did not work; the next run that needs it begins it again. */
  public record Failed(RegistryException cause) implements State {}

  private final RunImageComposer composer;
  private final RegistryClient registry;
  private final Repository from;
  private final Repository shared;
  private final Repository to;
  private final Lock copying;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicReference<@Nullable Thread> worker = new AtomicReference<>();
  private final AtomicReference<@Nullable State> end = new AtomicReference<>();

  /**
   * @param shared where the layers are kept for all namespaces
   * @param copying held while the layers are copied into the shared repository
   */
  BaseImport(
      RegistryClient registry, Repository from, Repository shared, Repository to, Lock copying) {
    this.registry = registry;
    this.composer = new RunImageComposer(registry);
    this.from = from;
    this.shared = shared;
    this.to = to;
    this.copying = copying;
  }

  /** Says how far the import of this base image is; the first call begins it. */
  State advance(Manifest base) throws RegistryException {
    State ended = end.get();
    if (ended != null) {
      return ended;
    }
    if (worker.get() == null) {
      // A tag that moved may name another manifest of the same layers, and builds pull by manifest.
      if (composer.isImported(base, to) && isShared(base)) {
        end.set(new Imported());
        return new Imported();
      }
      Thread thread = Thread.ofVirtual().name("import-", 0).unstarted(() -> run(base));
      if (worker.compareAndSet(null, thread)) {
        thread.start();
      }
    }
    long total = 0;
    for (Descriptor layer : base.layers()) {
      total += layer.size();
    }
    return Optional.ofNullable(end.get()).orElse(new Importing(bytes.get(), total));
  }

  private void run(Manifest base) {
    try {
      copyOnce(base);
      composer.importBase(shared, base, to, mounted -> {});
      end.set(new Imported());
    } catch (RegistryException e) {
      end.set(new Failed(e));
    }
  }

  private boolean isShared(Manifest base) throws RegistryException {
    return registry.manifest(shared, base.digest().hex()).isPresent();
  }

  private void copyOnce(Manifest base) throws RegistryException {
    copying.lock();
    try {
      if (!isShared(base)) {
        composer.importBase(from, base, shared, bytes::set);
        registry.copyBlob(from, shared, base.config(), copied -> {});
        // A registry's garbage collection keeps what a manifest names.
        registry.pushManifest(
            shared,
            base.digest().hex(),
            base.mediaType(),
            base.json().toString().getBytes(StandardCharsets.UTF_8));
      }
    } finally {
      copying.unlock();
    }
  }
}
