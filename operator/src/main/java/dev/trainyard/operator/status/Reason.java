package dev.trainyard.operator.status;

/**
 * Every reason that a condition can have. The constant's Javadoc says when it is set;
 * docs/troubleshooting.md says what to do.
 */
public enum Reason {
  /** The target takes runs, or the configuration can be used. */
  READY("Ready"),
  /** The step is done. */
  DONE("Done"),
  /** The step has not begun, because one before it is not done. */
  PENDING("Pending"),

  /** ComputeTarget: this version has no provider for its type. */
  TARGET_TYPE_NOT_SUPPORTED("TargetTypeNotSupported"),
  /** ComputeTarget: it is looked at for the first time. */
  CHECKING("Checking"),
  /** ComputeTarget: the name of its host is not known to DNS. */
  HOST_NOT_FOUND("HostNotFound"),
  /** ComputeTarget: no connection to the machine, or it ends too early. */
  HOST_UNREACHABLE("HostUnreachable"),
  /** ComputeTarget: what answers at the address does not speak SSH. */
  NOT_AN_SSH_SERVER("NotAnSshServer"),
  /** ComputeTarget: no host key is pinned; the message has the one that was seen. */
  HOST_KEY_NOT_PINNED("HostKeyNotPinned"),
  /** ComputeTarget: the machine shows another host key than the pinned one. */
  HOST_KEY_CHANGED("HostKeyChanged"),
  /** ComputeTarget: the private key in its Secret cannot be read. */
  PRIVATE_KEY_INVALID("PrivateKeyInvalid"),
  /** ComputeTarget: the machine refuses the user. */
  LOGIN_REFUSED("LoginRefused"),
  /** ComputeTarget: the machine answers in a way that cannot be understood. */
  MACHINE_NOT_UNDERSTOOD("MachineNotUnderstood"),
  /** ComputeTarget: the machine does not run Ubuntu. */
  NOT_UBUNTU("NotUbuntu"),
  /** ComputeTarget: the machine's processor cannot run linux/amd64 images. */
  ARCHITECTURE_NOT_SUPPORTED("ArchitectureNotSupported"),
  /** ComputeTarget: Docker is not there, or the user may not use it. */
  DOCKER_UNAVAILABLE("DockerUnavailable"),
  /**
   * ComputeTarget: the machine's disk is nearly full. TrainingRun: it is, and the attempt failed.
   */
  MACHINE_DISK_FULL("MachineDiskFull"),
  /** ComputeTarget: the machine's clock is wrong. */
  CLOCK_WRONG("ClockWrong"),
  /** TrainingRun: no ComputeTarget of that name. */
  COMPUTE_TARGET_NOT_FOUND("ComputeTargetNotFound"),
  /** TrainingRun: the ComputeTarget is not Ready. */
  COMPUTE_TARGET_NOT_READY("ComputeTargetNotReady"),
  /** TrainingRun: maxConcurrentRuns other runs are on the target. */
  WAITING_FOR_TURN("WaitingForTurn"),

  /** TrainingRun: no RunConfiguration of that name. */
  RUN_CONFIGURATION_NOT_FOUND("RunConfigurationNotFound"),
  /** The run configuration says something that cannot be done. */
  INVALID_RUN_CONFIGURATION("InvalidRunConfiguration"),
  /** FullyHonored: fields are kept that are not acted on. */
  FIELDS_NOT_ACTED_ON("FieldsNotActedOn"),
  /** FullyHonored: nothing is left out. */
  ALL_FIELDS_HONORED("AllFieldsHonored"),
  /** TrainingRun: neither it nor its configuration names a script. */
  SCRIPT_MISSING("ScriptMissing"),
  /** TrainingRun: the target cannot do what the configuration asks for. */
  NOT_SUPPORTED_BY_TARGET("NotSupportedByTarget"),

  /** TrainingRun: the ConfigMap that is its source does not exist, or the authorities' one. */
  CONFIG_MAP_NOT_FOUND("ConfigMapNotFound"),
  /** TrainingRun: its source is of a kind of Flux that the cluster does not have. */
  FLUX_NOT_INSTALLED("FluxNotInstalled"),
  /** TrainingRun: the Flux object that is its source does not exist. */
  FLUX_SOURCE_NOT_FOUND("FluxSourceNotFound"),
  /** TrainingRun: Flux has not fetched what its source asks for. */
  FLUX_SOURCE_NOT_READY("FluxSourceNotReady"),
  /** TrainingRun: a Secret that it names does not exist, or lacks a key. */
  SECRET_NOT_FOUND("SecretNotFound"),
  /** TrainingRun: a PersistentVolumeClaim that its target mounts does not exist. */
  VOLUME_CLAIM_NOT_FOUND("VolumeClaimNotFound"),
  /** TrainingRun: the source is being packed and pushed. */
  SNAPSHOTTING("Snapshotting"),
  /** TrainingRun: the Git repository does not exist, or may not be seen with this Secret. */
  REPOSITORY_NOT_FOUND("RepositoryNotFound"),
  /** TrainingRun: the Git server refuses the credentials. */
  AUTHENTICATION_FAILED("AuthenticationFailed"),
  /** TrainingRun: the Git server's host key is not the pinned one, or none is pinned. */
  HOST_KEY_REJECTED("HostKeyRejected"),
  /** TrainingRun: branch, tag or commit does not exist. */
  REF_NOT_FOUND("RefNotFound"),
  /** TrainingRun: the directory does not exist in the source. */
  PATH_NOT_FOUND("PathNotFound"),
  /** TrainingRun: a path or link in the source leads out of it. */
  PATH_ESCAPES("PathEscapes"),
  /** TrainingRun: the URL of the source is not allowed. */
  URL_NOT_ALLOWED("UrlNotAllowed"),
  /** TrainingRun: the source cannot be reached. */
  SOURCE_UNREACHABLE("SourceUnreachable"),
  /** TrainingRun: the source has something that cannot be packed. */
  SOURCE_INVALID("SourceInvalid"),
  /** TrainingRun: the Job that packs the source failed without saying why. */
  SNAPSHOT_JOB_FAILED("SnapshotJobFailed"),
  /** TrainingRun: the script is not in the source. */
  SCRIPT_NOT_FOUND("ScriptNotFound"),

  /** TrainingRun: the registry does not answer. */
  REGISTRY_UNREACHABLE("RegistryUnreachable"),
  /** TrainingRun: the registry refuses our credentials. */
  REGISTRY_UNAUTHORIZED("RegistryUnauthorized"),
  /** TrainingRun: the registry refuses what we sent. */
  REGISTRY_REJECTED("RegistryRejected"),
  /** TrainingRun: the base image does not exist. */
  BASE_IMAGE_NOT_FOUND("BaseImageNotFound"),
  /** TrainingRun: the base image's reference or content is not usable. */
  BASE_IMAGE_INVALID("BaseImageInvalid"),
  /** TrainingRun: the base image's layers are being brought into the registry. */
  IMPORTING_BASE_IMAGE("ImportingBaseImage"),
  /** TrainingRun: the conda dependencies are missing or cannot be read. */
  DEPENDENCIES_INVALID("DependenciesInvalid"),
  /** Environment, TrainingRun: BuildKit could not build docker.baseDockerfile. */
  DOCKERFILE_FAILED("DockerfileFailed"),
  /** TrainingRun: docker.baseDockerfile or its context cannot be used as it is written. */
  DOCKERFILE_INVALID("DockerfileInvalid"),
  /** TrainingRun: docker.baseDockerfile needs a builder that is not enabled. */
  DOCKERFILE_NOT_ENABLED("DockerfileNotEnabled"),
  /** TrainingRun: autoPrepareEnvironment is false and the environment is not built. */
  ENVIRONMENT_NOT_PREPARED("EnvironmentNotPrepared"),
  /** Environment, TrainingRun: the environment is to be built. */
  BUILD_PENDING("BuildPending"),
  /** Environment, TrainingRun: a Job builds the environment. */
  BUILDING("Building"),
  /** Environment, TrainingRun: the environment's image is in the registry. */
  BUILT("Built"),
  /** Environment: the solver finds no set of packages that fit together. */
  UNSATISFIABLE("Unsatisfiable"),
  /** Environment: no channel has a package of that name. */
  PACKAGE_NOT_FOUND("PackageNotFound"),
  /** Environment: a line under dependencies is not a conda match spec. */
  INVALID_DEPENDENCY("InvalidDependency"),
  /** Environment: there is no conda channel at that address. */
  CHANNEL_NOT_FOUND("ChannelNotFound"),
  /** Environment: a conda channel refuses the credentials, or asks for some. */
  CHANNEL_UNAUTHORIZED("ChannelUnauthorized"),
  /** Environment: a conda channel does not answer. */
  CHANNEL_UNREACHABLE("ChannelUnreachable"),
  /** Environment: a package could not be downloaded or installed. */
  INSTALL_FAILED("InstallFailed"),
  /** Environment: pip could not install the pip section. */
  PIP_FAILED("PipFailed"),
  /** Environment: the package index of the pip section does not answer. */
  PACKAGE_INDEX_UNREACHABLE("PackageIndexUnreachable"),
  /** Environment: the base image cannot run the steps of a build. */
  BASE_IMAGE_UNUSABLE("BaseImageUnusable"),
  /** Environment: the build used more disk than it may. */
  DISK_FULL("DiskFull"),
  /** Environment: a step used more memory than it may. */
  BUILD_OUT_OF_MEMORY("BuildOutOfMemory"),
  /** Environment: the build took longer than it may. */
  BUILD_DEADLINE_EXCEEDED("BuildDeadlineExceeded"),
  /** Environment: the build's pod or Job went away before it was over. */
  BUILD_LOST("BuildLost"),
  /** Environment: a step ended without saying why. */
  BUILD_FAILED("BuildFailed"),

  /** TrainingRun: the attempt is being handed to the target. */
  SUBMITTING("Submitting"),
  /** TrainingRun: the machine pulls the run's image. */
  PULLING_IMAGE("PullingImage"),
  /** TrainingRun: the machine unpacks the run's conda environment. */
  UNPACKING_ENVIRONMENT("UnpackingEnvironment"),
  /** TrainingRun: the machine does not take the run's conda environment. */
  ENVIRONMENT_NOT_UNPACKED("EnvironmentNotUnpacked"),
  /** TrainingRun: other runs hold the machine's GPUs. */
  WAITING_FOR_GPU("WaitingForGpu"),
  /** TrainingRun: the machine that it runs on does not answer; it is taken to run on. */
  MACHINE_UNREACHABLE("MachineUnreachable"),
  /** TrainingRun: the attempt waits for a node. */
  QUEUED("Queued"),
  /** TrainingRun: no node fits the pod. */
  UNSCHEDULABLE("Unschedulable"),
  /** TrainingRun: the node cannot pull the image. */
  IMAGE_PULL_FAILED("ImagePullFailed"),
  /** TrainingRun: the node cannot make the container. */
  CONTAINER_CREATION_FAILED("ContainerCreationFailed"),
  /** TrainingRun: the cluster does not let the pod be made, for none of the reasons below. */
  POD_REFUSED("PodRefused"),
  /** TrainingRun: a ResourceQuota of the namespace leaves no room for the pod. */
  QUOTA_EXCEEDED("QuotaExceeded"),
  /** TrainingRun: a LimitRange of the namespace does not allow the pod's resources. */
  LIMIT_RANGE_VIOLATED("LimitRangeViolated"),
  /** TrainingRun: the namespace's Pod Security level does not allow the pod. */
  POD_SECURITY_VIOLATED("PodSecurityViolated"),
  /** TrainingRun: an admission webhook or policy does not let the pod be made. */
  ADMISSION_DENIED("AdmissionDenied"),
  /** TrainingRun: the script runs. */
  RUNNING("Running"),
  /** TrainingRun: the attempt is over and what it left is being stored. */
  COLLECTING("Collecting"),
  /** HistoryStored: log and outputs are in the registry. */
  STORED("Stored"),
  /** HistoryStored: a part of log and outputs is lost; the message says which and why. */
  HISTORY_INCOMPLETE("HistoryIncomplete"),
  /** TrainingRun: the attempt failed and another one is made after a while. */
  RETRYING("Retrying"),
  /** TrainingRun: cancel is asked for and the attempt is being ended. */
  CANCEL_REQUESTED("CancelRequested"),

  /** TrainingRun: the script ended with exit code 0. */
  COMPLETED("Completed"),
  /** TrainingRun: the script ended with another exit code. */
  SCRIPT_FAILED("ScriptFailed"),
  /** TrainingRun: the kernel ended the script because it used more memory than it may. */
  OUT_OF_MEMORY("OutOfMemory"),
  /** TrainingRun: maxRunDurationSeconds is over. */
  DEADLINE_EXCEEDED("DeadlineExceeded"),
  /** TrainingRun: the cluster took the pod away. */
  EVICTED("Evicted"),
  /** TrainingRun: pod or node is gone, and no exit code was seen. */
  INFRASTRUCTURE_LOST("InfrastructureLost"),
  /** TrainingRun: ended because cancel was asked for. */
  CANCELED("Canceled");

  private final String text;

  Reason(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
