package dev.trainyard.operator.runconfiguration;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.EnvironmentSection.CondaDependencies;
import dev.trainyard.api.v1alpha1.Framework;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A run configuration with every default filled in and the run's own settings on top: what is done,
 * rather than what was written.
 *
 * @param target name of the compute target
 * @param userManaged whether the base image's own interpreter is used
 * @param interpreter interpreter of a user-managed environment
 * @param baseImage reference of the base image, as written or the operator's default
 * @param docker whether the script runs in a container where the target leaves a choice
 * @param imageSecret name of the dockerconfigjson Secret of the base image's registry
 * @param shmBytes size of /dev/shm
 * @param dockerArguments further arguments of docker run, as they are written
 * @param deadlineSeconds how long the script may run
 * @param conda where a system-managed environment comes from
 * @param collectedDirectories directories that outlive the run, relative to the source directory,
 *     none below another; empty when nothing is collected
 * @param workerCount workers of a run with parameter servers
 * @param parameterServerCount its parameter servers
 * @param processCountPerNode processes of an MPI program on each node
 * @param priority place in the target's queue; higher first
 */
public record EffectiveConfiguration(
    Optional<String> script,
    List<String> arguments,
    String target,
    Framework framework,
    Communicator communicator,
    int nodeCount,
    boolean userManaged,
    String interpreter,
    String baseImage,
    boolean docker,
    Optional<String> imageSecret,
    boolean gpuSupport,
    long shmBytes,
    List<String> dockerArguments,
    Map<String, String> environmentVariables,
    OptionalLong deadlineSeconds,
    CondaSource conda,
    List<String> collectedDirectories,
    int priority,
    int workerCount,
    int parameterServerCount,
    int processCountPerNode) {

  /**
   * Where a system-managed environment comes from.
   *
   * @param file path of a conda environment file in the source
   * @param inline the same, in the configuration itself
   * @param dockerfile what makes the base image, where a Dockerfile does
   * @param sparkPackages Spark packages that belong to it, as group:artifact:version: those that
   *     are to be there before a PySpark script begins
   * @param autoPrepare whether it is built when it is missing
   */
  public record CondaSource(
      Optional<String> file,
      Optional<CondaDependencies> inline,
      Optional<DockerfileSource> dockerfile,
      List<String> sparkPackages,
      boolean autoPrepare) {}

  /**
   * A Dockerfile that makes the base image.
   *
   * @param text the Dockerfile
   * @param context directory of the source that it may copy from
   */
  public record DockerfileSource(String text, Optional<String> context) {}
}
