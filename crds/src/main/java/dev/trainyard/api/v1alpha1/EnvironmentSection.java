package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.AnyType;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Section {@code environment} of a .runconfig. */
public record EnvironmentSection(
    @Nullable
        @Size(max = 255)
        @JsonPropertyDescription("Name that the SDK gave; it is not part of the identity.")
        String name,
    @Nullable @JsonPropertyDescription("Kept, not acted on.") String version,
    @Nullable
        @Size(max = 256)
        @ValidationRule(value = Rules.VARIABLES, message = Rules.VARIABLES_MESSAGE)
        @ValidationRule(value = Rules.VARIABLE_NAMES, message = Rules.VARIABLE_NAMES_MESSAGE)
        @JsonPropertyDescription("Environment variables of the script.")
        Map<String, IntOrString> environmentVariables,
    @Nullable @JsonPropertyDescription("Python environment.") Python python,
    @Nullable @JsonPropertyDescription("Docker image under the Python environment.") Docker docker,
    @Nullable @JsonPropertyDescription("Spark packages.") SparkEnvironment spark,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.")
        AnyType databricks,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.") AnyType r,
    @Nullable @JsonPropertyDescription("Kept, not acted on.") String inferencingStackVersion,
    @Nullable @JsonPropertyDescription("Kept, not acted on.") String assetId) {

  /** Python environment: the user's own, or one that is made from conda dependencies. */
  @ValidationRule(
      value = "!has(self.condaDependencies) || !has(self.condaDependenciesFile)",
      message = "give condaDependencies inline or condaDependenciesFile, not both")
  public record Python(
      @Nullable
          @Default("false")
          @JsonPropertyDescription(
              "true: the user vouches that interpreterPath has what the script needs. false: the"
                  + " environment is made from the conda dependencies.")
          Boolean userManagedDependencies,
      @Nullable
          @Default("python")
          @Size(min = 1, max = 1024)
          @ValidationRule(
              value = "!self.matches('[[:space:]]')",
              message =
                  "interpreterPath must be one path without white space; arguments do not belong"
                      + " here")
          @JsonPropertyDescription("Python interpreter; used only when user-managed.")
          String interpreterPath,
      @Nullable
          @Size(max = 1024)
          @ValidationRule(
              value = Rules.RELATIVE,
              message =
                  "condaDependenciesFile must be a path inside the source directory, not an"
                      + " absolute one")
          @ValidationRule(
              value = Rules.INSIDE,
              message = "condaDependenciesFile must not leave the source directory: remove '..'")
          @JsonPropertyDescription("conda environment file, relative to the source directory.")
          String condaDependenciesFile,
      @Nullable @JsonPropertyDescription("conda environment, inline.")
          CondaDependencies condaDependencies,
      @Nullable @Size(max = 1024) @JsonPropertyDescription("Kept, not acted on.")
          String baseCondaEnvironment) {}

  /** A conda environment file's content. */
  public record CondaDependencies(
      @Nullable
          @Size(max = 255)
          @JsonPropertyDescription("Name of the environment; it is not part of the identity.")
          String name,
      @Nullable
          @Size(max = 32)
          @ValidationRule(
              value = "self.all(c, !c.matches('[[:space:]]'))",
              message =
                  "condaDependencies.channels must be channel names or URLs without white space or"
                      + " line breaks")
          @JsonPropertyDescription("conda channels; the first has the highest priority.")
          List<@Size(min = 1, max = 1024) String> channels,
      @Nullable
          @Size(max = 1024)
          @JsonPropertyDescription(
              "conda match specs as strings, and at most one map {pip: [requirements]}.")
          List<AnyType> dependencies) {}

  /** Docker image under the Python environment. */
  @ValidationRule(
      value = "!has(self.baseImage) || !has(self.baseDockerfile)",
      message = "give docker.baseImage or docker.baseDockerfile, not both")
  public record Docker(
      @Nullable
          @Default("false")
          @JsonPropertyDescription("Whether the script runs in a container on machines.")
          Boolean enabled,
      @Nullable
          @Size(max = 512)
          @ValidationRule(value = Rules.IMAGE, message = "docker.baseImage" + Rules.IMAGE_MESSAGE)
          @JsonPropertyDescription(
              "Image to start from; a tag is resolved to a digest. Without it: the operator's"
                  + " default.")
          String baseImage,
      @Nullable
          @Size(max = 65536)
          @JsonPropertyDescription(
              "Text of a Dockerfile whose image is the base, where an administrator allows it.")
          String baseDockerfile,
      @Nullable
          @PreserveUnknownFields
          @JsonPropertyDescription(
              "Context of baseDockerfile: a map whose location is a directory of the source.")
          AnyType buildContext,
      @Nullable @JsonPropertyDescription("Kept, not acted on.") Boolean sharedVolumes,
      @Nullable
          @JsonPropertyDescription("Whether the container gets the target's GPUs; one on Local.")
          Boolean gpuSupport,
      @Nullable
          @Default("2g")
          @Size(max = 16)
          @ValidationRule(
              value = "self.matches('^[1-9][0-9]*[bkmgBKMG]?$')",
              message =
                  "docker.shmSize must be a number above zero with b, k, m or g behind it, such as"
                      + " 512m or 2g")
          @JsonPropertyDescription("Size of /dev/shm as Docker writes it: 512m, 2g.")
          String shmSize,
      @Nullable
          @Size(max = 64)
          @JsonPropertyDescription("Further arguments of docker run on machines, from a list.")
          List<String> arguments,
      @Nullable @JsonPropertyDescription("Private registry of the base image.")
          ImageRegistry baseImageRegistry,
      @Nullable @JsonPropertyDescription("Platform of the base image; linux/amd64.")
          Platform platform) {}

  /** A private registry; the password comes from a Secret. */
  @ValidationRule(
      value = "!has(self.password) || self.password == ''",
      message =
          "baseImageRegistry.password must not stand in a manifest: make a Secret of type"
              + " kubernetes.io/dockerconfigjson and name it in baseImageRegistry.secretRef")
  @ValidationRule(
      value = "!has(self.username) || self.username == '' || has(self.secretRef)",
      message =
          "baseImageRegistry.username needs secretRef: a Secret of type"
              + " kubernetes.io/dockerconfigjson holds user and password")
  public record ImageRegistry(
      @Nullable
          @Size(max = 253)
          @ValidationRule(
              value = "self == '' || self.matches('^[a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?$')",
              message =
                  "baseImageRegistry.address must be a host name, with :port where needed, without"
                      + " a scheme or path")
          @JsonPropertyDescription("Host name of the registry, with its port where needed.")
          String address,
      @Nullable
          @Size(max = 255)
          @JsonPropertyDescription("User, for information; secretRef is what counts.")
          String username,
      @Nullable @JsonPropertyDescription("Refused: use secretRef.") String password,
      @Nullable @JsonPropertyDescription("Kept, not acted on.") String registryIdentity,
      @Nullable @JsonPropertyDescription("Secret of type kubernetes.io/dockerconfigjson.")
          LocalObjectReference secretRef) {}

  /** Platform of an image. */
  @ValidationRule(
      value = "!has(self.os) || self.os.lowerAscii() == 'linux'",
      message = "docker.platform.os must be Linux")
  @ValidationRule(
      value = "!has(self.architecture) || self.architecture == 'amd64'",
      message = "docker.platform.architecture must be amd64")
  public record Platform(
      @Nullable @JsonPropertyDescription("Operating system: Linux.") String os,
      @Nullable @JsonPropertyDescription("Architecture: amd64.") String architecture) {}

  /** Spark packages. */
  public record SparkEnvironment(
      @Nullable @Size(max = 64) @JsonPropertyDescription("Further Maven repositories.")
          List<String> repositories,
      @Nullable @Size(max = 256) @JsonPropertyDescription("Maven packages.")
          List<SparkPackage> packages,
      @Nullable
          @Default("true")
          @JsonPropertyDescription("Whether packages are fetched when the environment is made.")
          Boolean precachePackages) {}

  /** Maven coordinates of a Spark package. */
  public record SparkPackage(
      @Nullable @Size(max = 255) @JsonPropertyDescription("Maven group id.") String group,
      @Nullable @Size(max = 255) @JsonPropertyDescription("Maven artifact id.") String artifact,
      @Nullable @Size(max = 255) @JsonPropertyDescription("Version.") String version) {}
}
