package dev.trainyard.operator.image;

import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.oci.RunImageComposer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Brings the layers of one base image into one repository, in the background, and tells how far it
 * is. Interrupted by a restart, it begins again and skips what is there.
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
  private final Repository from;
  private final Repository to;
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicReference<@Nullable Thread> worker = new AtomicReference<>();
  private final AtomicReference<@Nullable State> end = new AtomicReference<>();

  BaseImport(RegistryClient registry, Repository from, Repository to) {
    this.composer = new RunImageComposer(registry);
    this.from = from;
    this.to = to;
  }

  /** Says how far the import of this base image is; the first call begins it. */
  State advance(Manifest base) throws RegistryException {
    State ended = end.get();
    if (ended != null) {
      return ended;
    }
    if (worker.get() == null) {
      if (composer.isImported(base, to)) {
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
      composer.importBase(from, base, to, bytes::set);
      end.set(new Imported());
    } catch (RegistryException e) {
      end.set(new Failed(e));
    }
  }
}
