package dev.trainyard.operator.runconfiguration;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.EnvironmentSection;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.LocalObjectReference;
import dev.trainyard.api.v1alpha1.RunConfigurationSpec;
import dev.trainyard.api.v1alpha1.TrainingRunSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Turns a {@code .runconfig} and the run that uses it into an {@link EffectiveConfiguration}. */
public final class ConfigurationResolver {
  /** Raised when a configuration cannot be used; the message names the field and what to do. */
  public static final class InvalidConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidConfigurationException(String message) {
      super(message);
    }
  }

  private static final EnvironmentSection.Python NO_PYTHON =
      new EnvironmentSection.Python(null, null, null, null, null);
  private static final EnvironmentSection.Docker NO_DOCKER =
      new EnvironmentSection.Docker(null, null, null, null, null, null, null, null, null, null);

  private final String defaultBaseImage;

  /**
   * @param defaultBaseImage base image of configurations that name none
   */
  public ConfigurationResolver(String defaultBaseImage) {
    this.defaultBaseImage = defaultBaseImage;
  }

  /** Resolves a configuration on its own, as its own status needs it. */
  public EffectiveConfiguration resolve(RunConfigurationSpec spec)
      throws InvalidConfigurationException {
    return resolve(spec, null);
  }

  /**
   * Resolves a configuration for a run, whose script, arguments and target come first.
   *
   * @throws InvalidConfigurationException when a value cannot be used
   */
  public EffectiveConfiguration resolve(RunConfigurationSpec spec, @Nullable TrainingRunSpec run)
      throws InvalidConfigurationException {
    EnvironmentSection environment = spec.environment();
    EnvironmentSection.Python python =
        environment == null ? NO_PYTHON : or(environment.python(), NO_PYTHON);
    EnvironmentSection.Docker docker =
        environment == null ? NO_DOCKER : or(environment.docker(), NO_DOCKER);
    boolean userManaged = or(python.userManagedDependencies(), false);
    String target = target(spec, run);
    return new EffectiveConfiguration(
        Optional.ofNullable(run != null && run.script() != null ? run.script() : spec.script()),
        run != null && run.arguments() != null
            ? run.arguments()
            : Scalars.list("arguments", spec.arguments()),
        target,
        or(spec.framework(), Framework.PYTHON),
        or(spec.communicator(), Communicator.NONE),
        nodeCount(spec),
        userManaged,
        // The image of a system-managed environment has its interpreter first in the path.
        userManaged ? or(python.interpreterPath(), "python") : "python",
        baseImage(userManaged, target, docker),
        or(docker.enabled(), false),
        imageSecret(docker),
        or(docker.gpuSupport(), false),
        bytes(or(docker.shmSize(), "2g")),
        dockerArguments(spec, docker),
        environmentVariables(spec, environment),
        spec.maxRunDurationSeconds() == null
            ? OptionalLong.empty()
            : OptionalLong.of(spec.maxRunDurationSeconds()),
        new EffectiveConfiguration.CondaSource(
            Optional.ofNullable(python.condaDependenciesFile()).filter(path -> !path.isBlank()),
            Optional.ofNullable(python.condaDependencies()),
            DockerfileFields.of(docker),
            sparkPackages(spec),
            or(spec.autoPrepareEnvironment(), or(spec.prepareEnvironment(), true))),
        CollectedDirectories.of(spec.history()),
        or(spec.priority(), 0),
        spec.tensorflow() == null ? 1 : or(spec.tensorflow().workerCount(), 1),
        spec.tensorflow() == null ? 1 : or(spec.tensorflow().parameterServerCount(), 1),
        spec.mpi() == null ? 1 : or(spec.mpi().processCountPerNode(), 1));
  }

  /** The SDK writes packages into every file; they matter to PySpark only. */
  private static List<String> sparkPackages(RunConfigurationSpec spec) {
    EnvironmentSection.SparkEnvironment spark =
        spec.environment() == null ? null : spec.environment().spark();
    if (spec.framework() != Framework.PY_SPARK
        || spark == null
        || spark.packages() == null
        || !or(spark.precachePackages(), true)) {
      return List.of();
    }
    return spark.packages().stream()
        .map(p -> String.join(":", or(p.group(), ""), or(p.artifact(), ""), or(p.version(), "")))
        .sorted()
        .toList();
  }

  /**
   * On Local a script always runs in a container. With Docker off, a system-managed environment is
   * made on the default base image, since the SDK writes an image into every file.
   */
  private String baseImage(boolean userManaged, String target, EnvironmentSection.Docker docker) {
    boolean unasked = !userManaged && target.equals("local") && !or(docker.enabled(), false);
    return unasked ? defaultBaseImage : or(docker.baseImage(), defaultBaseImage);
  }

  /** Newer SDKs write them into a section of their own. */
  private static List<String> dockerArguments(
      RunConfigurationSpec spec, EnvironmentSection.Docker docker) {
    var arguments = new ArrayList<String>(or(docker.arguments(), List.of()));
    if (spec.docker() != null) {
      arguments.addAll(or(spec.docker().arguments(), List.of()));
    }
    return List.copyOf(arguments);
  }

  private static String target(RunConfigurationSpec spec, @Nullable TrainingRunSpec run) {
    LocalObjectReference reference = run == null ? null : run.computeTargetRef();
    return reference != null ? reference.name() : or(spec.target(), "local");
  }

  private static int nodeCount(RunConfigurationSpec spec) {
    if (spec.batchai() != null && spec.batchai().nodeCount() != null) {
      return spec.batchai().nodeCount();
    }
    return or(spec.nodeCount(), 1);
  }

  private static Optional<String> imageSecret(EnvironmentSection.Docker docker) {
    EnvironmentSection.ImageRegistry registry = docker.baseImageRegistry();
    return registry == null || registry.secretRef() == null
        ? Optional.empty()
        : Optional.of(registry.secretRef().name());
  }

  private static Map<String, String> environmentVariables(
      RunConfigurationSpec spec, @Nullable EnvironmentSection environment)
      throws InvalidConfigurationException {
    var variables = new LinkedHashMap<String, String>();
    if (environment != null) {
      variables.putAll(
          Scalars.map("environment.environmentVariables", environment.environmentVariables()));
    }
    variables.putAll(Scalars.map("environmentVariables", spec.environmentVariables()));
    for (String name : variables.keySet()) {
      if (!name.matches("[A-Za-z_][A-Za-z0-9_]*") || isReserved(name)) {
        throw new InvalidConfigurationException(
            "environmentVariables has the name '"
                + name
                + "', which is not allowed: use letters, digits and underscores, and not LD_*,"
                + " BASH_ENV or BASH_FUNC_*");
      }
    }
    return variables;
  }

  private static boolean isReserved(String name) {
    return name.startsWith("LD_") || name.startsWith("BASH_FUNC_") || name.equals("BASH_ENV");
  }

  /** Docker's way to write sizes: a number with b, k, m or g, each 1024 times the one before. */
  static long bytes(String size) throws InvalidConfigurationException {
    String text = size.toLowerCase(Locale.ROOT);
    int shift =
        switch (text.charAt(text.length() - 1)) {
          case 'k' -> 10;
          case 'm' -> 20;
          case 'g' -> 30;
          default -> 0;
        };
    String digits =
        Character.isDigit(text.charAt(text.length() - 1))
            ? text
            : text.substring(0, text.length() - 1);
    try {
      return Math.multiplyExact(Long.parseLong(digits), 1L << shift);
    } catch (ArithmeticException | NumberFormatException e) {
      throw new InvalidConfigurationException(
          "environment.docker.shmSize is '" + size + "': write a size such as 512m or 2g");
    }
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
