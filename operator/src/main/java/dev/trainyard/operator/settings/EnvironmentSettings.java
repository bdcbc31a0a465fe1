package dev.trainyard.operator.settings;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How conda environments are built, from environment variables that begin with {@code
 * TRAINYARD_ENVIRONMENT_}.
 *
 * @param condaImage image of the step that solves and installs
 * @param dockerfileImage image of rootless BuildKit, where Dockerfiles may be built
 * @param defaultChannels channels of environments that name none
 * @param channels channel name, or beginning of its URL, to the URL that it is reached through
 * @param channelRoot URL before the names of channels that have no entry of their own
 * @param pipIndexUrl index of the pip section, where not PyPI's
 * @param proxies proxy variables for the build's pods: {@code HTTP_PROXY} and so on
 * @param credentialsSecret Secret in each namespace that may have a {@code netrc} for channels and
 *     indexes
 * @param authoritiesConfigMap ConfigMap in each namespace that may have a {@code ca.crt}
 * @param cache where downloaded packages are kept between builds
 * @param cpuRequest CPU that a build asks for
 * @param memoryRequest memory that a build asks for
 * @param memoryLimit memory that a step of a build may use
 * @param storage disk that a build may use, as a Kubernetes quantity
 * @param deadline how long a build may take
 * @param attempts how many builds in a row may fail for what may pass before no further is made
 * @param unusedAfter how long an environment is kept after its last use; zero: for ever
 * @param baseImageCheck how long the digest of a base image's tag is taken as known
 */
public record EnvironmentSettings(
    String condaImage,
    Optional<String> dockerfileImage,
    List<String> defaultChannels,
    Map<String, String> channels,
    String channelRoot,
    Optional<String> pipIndexUrl,
    Map<String, String> proxies,
    String credentialsSecret,
    String authoritiesConfigMap,
    CacheSettings cache,
    String cpuRequest,
    String memoryRequest,
    String memoryLimit,
    String storage,
    Duration deadline,
    int attempts,
    Duration unusedAfter,
    Duration baseImageCheck) {

  static final String PREFIX = "TRAINYARD_ENVIRONMENT_";
  private static final List<String> PROXIES = List.of("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY");

  static EnvironmentSettings from(Map<String, String> variables, List<String> problems) {
    return new EnvironmentSettings(
        variables.getOrDefault(PREFIX + "CONDA_IMAGE", "ghcr.io/trainyard/conda:latest"),
        optional(variables, "DOCKERFILE_IMAGE"),
        list(variables.getOrDefault(PREFIX + "DEFAULT_CHANNELS", "conda-forge")),
        mapping(variables, "CHANNELS", problems),
        variables.getOrDefault(PREFIX + "CHANNEL_ROOT", "https://conda.anaconda.org"),
        optional(variables, "PIP_INDEX_URL"),
        proxies(variables),
        variables.getOrDefault(PREFIX + "CREDENTIALS_SECRET", "trainyard-package-credentials"),
        variables.getOrDefault(PREFIX + "AUTHORITIES_CONFIG_MAP", "trainyard-authorities"),
        CacheSettings.from(variables, problems),
        variables.getOrDefault(PREFIX + "CPU_REQUEST", "500m"),
        variables.getOrDefault(PREFIX + "MEMORY_REQUEST", "512Mi"),
        variables.getOrDefault(PREFIX + "MEMORY_LIMIT", "2Gi"),
        variables.getOrDefault(PREFIX + "STORAGE", "20Gi"),
        duration(variables, "DEADLINE", "PT1H", problems),
        attempts(variables, problems),
        duration(variables, "UNUSED_AFTER", "P30D", problems),
        duration(variables, "BASE_IMAGE_CHECK", "PT1M", problems));
  }

  private static int attempts(Map<String, String> variables, List<String> problems) {
    String text = variables.getOrDefault(PREFIX + "ATTEMPTS", "8");
    if (text.matches("[1-9][0-9]?")) {
      return Integer.parseInt(text);
    }
    problems.add(PREFIX + "ATTEMPTS is '" + text + "': write a number from 1 to 99");
    return 1;
  }

  private static Optional<String> optional(Map<String, String> variables, String name) {
    return Optional.of(variables.getOrDefault(PREFIX + name, "")).filter(v -> !v.isBlank());
  }

  private static Map<String, String> proxies(Map<String, String> variables) {
    var proxies = new LinkedHashMap<String, String>();
    for (String name : PROXIES) {
      optional(variables, name).ifPresent(value -> proxies.put(name, value));
    }
    return proxies;
  }

  private static Map<String, String> mapping(
      Map<String, String> variables, String name, List<String> problems) {
    var mapping = new LinkedHashMap<String, String>();
    for (String entry : list(variables.getOrDefault(PREFIX + name, ""))) {
      int equals = entry.indexOf('=');
      if (equals < 1 || !entry.substring(equals + 1).matches("(https?|file)://\\S+")) {
        problems.add(
            PREFIX + name + " has '" + entry + "': write channel=http(s)://server/channel");
      } else {
        mapping.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return mapping;
  }

  private static Duration duration(
      Map<String, String> variables, String name, String otherwise, List<String> problems) {
    String text = variables.getOrDefault(PREFIX + name, otherwise);
    try {
      Duration duration = Duration.parse(text);
      if (!duration.isNegative()) {
        return duration;
      }
    } catch (DateTimeParseException e) {
      // Falls through to the one message about this setting.
    }
    problems.add(
        PREFIX + name + " is '" + text + "': write an ISO 8601 duration such as PT1H or P30D");
    return Duration.parse(otherwise);
  }

  private static List<String> list(String value) {
    var entries = new ArrayList<String>();
    for (String entry : value.split(",", -1)) {
      if (!entry.isBlank()) {
        entries.add(entry.strip());
      }
    }
    return entries;
  }
}
