package dev.trainyard.operator.settings;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where downloaded packages are kept between builds: in a PersistentVolumeClaim of each namespace.
 * Without a claim and a storage class they are not kept.
 *
 * @param claim name of the claim; a namespace that has none of that name builds without it unless
 *     there is a storage class
 * @param storageClass class of the claims that the operator makes where there are none
 * @param size size of such a claim, as a Kubernetes quantity
 * @param accessMode access mode of such a claim
 */
public record CacheSettings(
    Optional<String> claim, Optional<String> storageClass, String size, String accessMode) {
  private static final String PREFIX = EnvironmentSettings.PREFIX + "CACHE_";
  private static final String DEFAULT_CLAIM = "trainyard-package-cache";
  private static final List<String> MODES =
      List.of("ReadWriteOnce", "ReadWriteMany", "ReadWriteOncePod");

  static CacheSettings from(Map<String, String> variables, List<String> problems) {
    Optional<String> storageClass = optional(variables, "STORAGE_CLASS");
    String mode = optional(variables, "ACCESS_MODE").orElse("ReadWriteOnce");
    if (!MODES.contains(mode)) {
      problems.add(
          PREFIX + "ACCESS_MODE is '" + mode + "': write one of " + String.join(", ", MODES));
    }
    return new CacheSettings(
        optional(variables, "CLAIM").or(() -> storageClass.map(name -> DEFAULT_CLAIM)),
        storageClass,
        optional(variables, "SIZE").orElse("20Gi"),
        mode);
  }

  private static Optional<String> optional(Map<String, String> variables, String name) {
    return Optional.of(variables.getOrDefault(PREFIX + name, "")).filter(v -> !v.isBlank());
  }
}
