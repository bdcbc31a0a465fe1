package dev.trainyard.builder.environment;

import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The layers of one environment: those that earlier builds pushed are taken as they are, the others
 * are written and pushed, and kept in mind for later builds.
 */
final class EnvironmentLayers {
  private final Path prefix;
  private final Optional<Path> cache;
  private final List<LayerPlan> plans;
  private final List<List<Path>> files;
  private final List<PrefixLayer> layers = new ArrayList<>();

  /**
   * @param prefix directory of the environment
   * @param work where the conda step left what it decided
   * @param cache directory that outlives builds
   */
  EnvironmentLayers(Path prefix, Path work, Optional<Path> cache) throws IOException {
    this.prefix = prefix;
    this.cache = cache;
    this.plans = LayerPlan.read(work);
    this.files = PrefixFiles.of(prefix, plans);
  }

  /** Writes those that are not in the registry yet. */
  void write(Optional<Path> link, LongConsumer progress) throws IOException {
    var read = new AtomicLong();
    for (int index = 0; index < files.size(); index++) {
      boolean last = index == plans.size();
      Optional<PrefixLayer> made = last ? Optional.empty() : plans.get(index).made();
      layers.add(
          made.isPresent()
              ? made.get()
              : PrefixLayer.write(
                  prefix,
                  files.get(index),
                  last ? link : Optional.empty(),
                  Files.createTempFile("layer", ".tar.gz"),
                  cache,
                  bytes -> progress.accept(read.addAndGet(bytes))));
    }
  }

  /**
   * Pushes those that were written.
   *
   * @return bytes that the registry did not have
   * @throws RegistryException of kind NOT_FOUND when it lost the layer of an earlier build, which
   *     is then made anew by the next build
   */
  long push(RegistryClient registry, Repository target, PackProgress progress)
      throws RegistryException {
    confirm(registry, target);
    long all =
        layers.stream()
            .filter(layer -> layer.file().isPresent())
            .mapToLong(PrefixLayer::size)
            .sum();
    long before = 0;
    long pushed = 0;
    for (int index = 0; index < layers.size(); index++) {
      PrefixLayer layer = layers.get(index);
      if (layer.file().isPresent()) {
        Path file = layer.file().get();
        long done = before;
        pushed +=
            registry.pushBlob(
                target,
                layer.digest(),
                BodyPublishers.fromPublisher(
                    BodyPublishers.ofInputStream(() -> told(file, progress, done, all)),
                    layer.size()));
        before += layer.size();
        keep(index, layer);
      }
    }
    return pushed;
  }

  /** Whether the registry still has what earlier builds pushed; all that it lost is forgotten. */
  private void confirm(RegistryClient registry, Repository target) throws RegistryException {
    var lost = new ArrayList<String>();
    for (LayerPlan plan : plans) {
      if (plan.made().isPresent() && !registry.hasBlob(target, plan.made().get().digest())) {
        lost.addAll(plan.packages());
        cache.ifPresent(directory -> plan.key().ifPresent(new KeptLayers(directory)::forget));
      }
    }
    if (!lost.isEmpty()) {
      throw new RegistryException(
          RegistryException.Kind.NOT_FOUND,
          "The registry lost layers of earlier builds, with " + String.join(", ", lost));
    }
  }

  private void keep(int index, PrefixLayer layer) {
    if (index < plans.size() && cache.isPresent()) {
      plans
          .get(index)
          .key()
          .ifPresent(key -> new KeptLayers(cache.get()).keep(key, layer, prefix, files.get(index)));
    }
  }

  private static InputStream told(Path file, PackProgress progress, long before, long all) {
    try {
      return progress.reading(Files.newInputStream(file), before, all);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of them, the lowest first. */
  List<PrefixLayer> all() {
    return List.copyOf(layers);
  }

  /** Bytes of all of them. */
  long size() {
    return layers.stream().mapToLong(PrefixLayer::size).sum();
  }
}
