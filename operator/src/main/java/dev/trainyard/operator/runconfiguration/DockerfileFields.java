package dev.trainyard.operator.runconfiguration;

import dev.trainyard.api.v1alpha1.EnvironmentSection;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration.DockerfileSource;
import io.fabric8.kubernetes.api.model.AnyType;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The fields of {@code environment.docker} that say how a Dockerfile makes the base image. */
final class DockerfileFields {
  private static final String CONTEXT = "environment.docker.buildContext";

  private DockerfileFields() {}

  static Optional<DockerfileSource> of(EnvironmentSection.Docker docker)
      throws InvalidConfigurationException {
    Optional<String> text =
        Optional.ofNullable(docker.baseDockerfile()).filter(written -> !written.isBlank());
    Optional<String> context = context(docker.buildContext());
    if (text.isEmpty() && context.isPresent()) {
      throw new InvalidConfigurationException(
          CONTEXT + " is set without a Dockerfile: write its text to baseDockerfile");
    }
    return text.map(written -> new DockerfileSource(written, context));
  }

  private static Optional<String> context(@Nullable AnyType written)
      throws InvalidConfigurationException {
    Object value = written == null ? null : written.getValue();
    if (value == null) {
      return Optional.empty();
    }
    Object location = value instanceof Map<?, ?> map ? map.get("location") : null;
    if (location == null && value instanceof Map<?, ?> map && map.isEmpty()) {
      return Optional.empty();
    }
    if (!(location instanceof String path) || !isBelowTheSource(path)) {
      throw new InvalidConfigurationException(
          CONTEXT
              + " is "
              + value
              + ": write {location: directory}, a directory below the source directory, relative to"
              + " it");
    }
    return Optional.of(path.replaceFirst("^(\\./)+", "").replaceFirst("/+$", ""));
  }

  /** The whole source is no context: each change of the script would make another image. */
  private static boolean isBelowTheSource(String path) {
    return path.matches("(\\./)*[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?")
        && !path.matches("(.*/)?\\.\\.(/.*)?|(\\./?)+");
  }
}
