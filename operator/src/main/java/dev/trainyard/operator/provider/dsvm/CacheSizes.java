package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.DsvmTarget;
import java.util.Objects;
import java.util.Optional;

/**
 * How much of what runs brought to a machine is kept there for later ones.
 *
 * @param imagesMib MiB for images that were pulled
 * @param environmentsMib MiB for conda environments that were unpacked
 */
record CacheSizes(long imagesMib, long environmentsMib) {
  private static final int IMAGES_GIB = 50;
  private static final int ENVIRONMENTS_GIB = 20;
  private static final long MIB = 1_024;

  /** What a target has that says nothing. */
  static final CacheSizes DEFAULT = new CacheSizes(IMAGES_GIB * MIB, ENVIRONMENTS_GIB * MIB);

  static CacheSizes of(ComputeTarget target) {
    DsvmTarget.Cache cache =
        Objects.requireNonNull(target.getSpec().dsvm(), "the schema asks for it").cache();
    if (cache == null) {
      return DEFAULT;
    }
    return new CacheSizes(
        Optional.ofNullable(cache.imagesGb()).orElse(IMAGES_GIB) * MIB,
        Optional.ofNullable(cache.environmentsGb()).orElse(ENVIRONMENTS_GIB) * MIB);
  }
}
