package dev.trainyard.operator.environment;

import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The volumes of a build's pod and where its containers see them. */
final class BuildVolumes {
  static final String WORK = "/trainyard/work";
  static final String CACHE = "/trainyard/cache";
  static final String REGISTRY = "/var/run/trainyard/registry";

  private static final String CREDENTIALS = "/var/run/trainyard/credentials";
  private static final String AUTHORITIES = "/var/run/trainyard/authorities";

  private final Settings settings;

  BuildVolumes(Settings settings) {
    this.settings = settings;
  }

  /**
   * All of them.
   *
   * @param cache claim that keeps downloaded packages
   */
  List<Volume> volumes(Optional<String> cache) {
    var volumes = new ArrayList<Volume>();
    volumes.add(emptyDir("prefix"));
    volumes.add(emptyDir("work"));
    volumes.add(emptyDir("tmp"));
    volumes.add(
        cache
            .map(claim ->
                new VolumeBuilder()
                    .withName("cache")
                    .withNewPersistentVolumeClaim(claim, false)
                    .build())
            .orElseGet(() -> emptyDir("cache")));
    volumes.add(
        new VolumeBuilder()
            .withName("credentials")
            .withNewSecret()
            .withSecretName(settings.environments().credentialsSecret())
            .withOptional(true)
            .withDefaultMode(0440)
            .endSecret()
            .build());
    volumes.add(
        new VolumeBuilder()
            .withName("authorities")
            .withNewConfigMap()
            .withName(settings.environments().authoritiesConfigMap())
            .withOptional(true)
            .endConfigMap()
            .build());
    registrySecret().ifPresent(volumes::add);
    return volumes;
  }

  /** The registry's credentials, where it has some: a Docker configuration, {@code config.json}. */
  Optional<Volume> registrySecret() {
    return settings
        .registrySecret()
        .map(name ->
            new VolumeBuilder()
                .withName("registry")
                .withNewSecret()
                .withSecretName(name)
                .withDefaultMode(0440)
                .addNewItem()
                .withKey(".dockerconfigjson")
                .withPath("config.json")
                .endItem()
                .endSecret()
                .build());
  }

  /** Where programs find the files of the optional volumes; the steps look whether they exist. */
  static Map<String, String> secretVariables() {
    var variables = new LinkedHashMap<String, String>();
    variables.put("NETRC", CREDENTIALS + "/netrc");
    for (String name : List.of("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")) {
      variables.put(name, AUTHORITIES + "/ca.crt");
    }
    return variables;
  }

  /** Room on the node, as much as builds may have. */
  Volume emptyDir(String name) {
    return new VolumeBuilder()
        .withName(name)
        .withNewEmptyDir()
        .withSizeLimit(Quantity.parse(settings.environments().storage()))
        .endEmptyDir()
        .build();
  }

  static VolumeMount prefix(String path) {
    return mount("prefix", path, false);
  }

  static VolumeMount work() {
    return mount("work", WORK, false);
  }

  static VolumeMount cache() {
    return mount("cache", CACHE, false);
  }

  static VolumeMount tmp() {
    return mount("tmp", "/tmp", false);
  }

  static VolumeMount credentials() {
    return mount("credentials", CREDENTIALS, true);
  }

  static VolumeMount authorities() {
    return mount("authorities", AUTHORITIES, true);
  }

  static VolumeMount registry() {
    return mount("registry", REGISTRY, true);
  }

  static VolumeMount mount(String volume, String path, boolean readOnly) {
    return new VolumeMountBuilder()
        .withName(volume)
        .withMountPath(path)
        .withReadOnly(readOnly ? true : null)
        .build();
  }
}
