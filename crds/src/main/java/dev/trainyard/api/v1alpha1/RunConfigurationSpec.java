package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.AnyType;
import io.fabric8.kubernetes.api.model.IntOrString;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an Azure ML {@code .runconfig}, with its names and defaults, so that a file that
 * the SDK wrote is accepted as it is. Sections that Trainyard does not act on are kept and named in
 * the condition {@code FullyHonored}.
 */
@JsonClassDescription(
    "The fields of an Azure ML .runconfig, with its names and defaults. Sections that are not acted"
        + " on are kept and named in the condition FullyHonored.")
@ValidationRule(
    value =
        "!has(self.prepareEnvironment) || !has(self.autoPrepareEnvironment) ||"
            + " self.prepareEnvironment == self.autoPrepareEnvironment",
    message =
        "prepareEnvironment is the older name of autoPrepareEnvironment: give only one of them")
@ValidationRule(
    value =
        "!has(self.communicator) || self.communicator == 'None' || !has(self.framework) ||"
            + " self.framework != 'PySpark'",
    message = "communicator must be None with framework PySpark: Spark has its own workers")
@ValidationRule(
    value =
        "!has(self.communicator) || self.communicator != 'ParameterServer' ||"
            + " (has(self.framework) && self.framework == 'TensorFlow')",
    message = "communicator ParameterServer needs framework TensorFlow")
@ValidationRule(
    value =
        "!has(self.batchai) || !has(self.batchai.nodeCount) || self.batchai.nodeCount == 1 ||"
            + " self.nodeCount == 1 || self.batchai.nodeCount == self.nodeCount",
    message = "batchai.nodeCount is the older name of nodeCount: give only one of them")
public record RunConfigurationSpec(
    @Nullable
        @Size(max = 1024)
        @ValidationRule(
            value = Rules.RELATIVE,
            message = "script must be a path inside the source directory, not an absolute one")
        @ValidationRule(
            value = Rules.INSIDE,
            message = "script must not leave the source directory: remove '..'")
        @ValidationRule(value = Rules.PRINTABLE, message = Rules.SCRIPT_PRINTABLE)
        @JsonPropertyDescription(
            "Script to run, relative to the source directory. A TrainingRun may give its own.")
        String script,
    @Nullable
        @Size(max = 1024)
        @JsonPropertyDescription("Arguments of the script, in order: strings, numbers, booleans.")
        List<AnyType> arguments,
    @Nullable
        @Size(max = 253)
        @ValidationRule(value = Rules.NAME, message = "target" + Rules.NAME_MESSAGE)
        @Default("local")
        @JsonPropertyDescription(
            "Name of a ComputeTarget in this namespace. local is built in: this cluster.")
        String target,
    @Nullable
        @Default("Python")
        @JsonPropertyDescription("Framework: Python, PySpark, CNTK, TensorFlow or PyTorch.")
        Framework framework,
    @Nullable
        @Default("None")
        @JsonPropertyDescription(
            "How nodes talk to each other: None, ParameterServer, OpenMpi or IntelMpi.")
        Communicator communicator,
    @Nullable
        @JsonPropertyDescription(
            "Whether an environment that is not there yet is built on first use; true unless set."
                + " With false a run fails when its environment was not prepared.")
        Boolean autoPrepareEnvironment,
    @Nullable @JsonPropertyDescription("Older name of autoPrepareEnvironment.")
        Boolean prepareEnvironment,
    @Nullable
        @Min(1)
        @Max(31536000)
        @JsonPropertyDescription(
            "Seconds that an attempt may take before the run is ended and fails, from when the target"
                + " takes it; waiting in a queue does not count. Unset: no limit.")
        Long maxRunDurationSeconds,
    @Nullable
        @Default("1")
        @Min(1)
        @Max(1000)
        @JsonPropertyDescription("Number of nodes that run the script together.")
        Integer nodeCount,
    @Nullable
        @Min(-1000000)
        @Max(1000000)
        @JsonPropertyDescription("Priority of runs in the queue of their target; higher first.")
        Integer priority,
    @Nullable @JsonPropertyDescription("Python, Docker and Spark environment of the script.")
        EnvironmentSection environment,
    @Nullable @JsonPropertyDescription("What is kept of a run.") History history,
    @Nullable @JsonPropertyDescription("Spark settings of a PySpark run.") Spark spark,
    @Nullable
        @JsonPropertyDescription(
            "Docker settings as newer SDKs write them; environment.docker is what counts.")
        DockerRunSection docker,
    @Nullable @JsonPropertyDescription("HDInsight settings.") Hdi hdi,
    @Nullable @JsonPropertyDescription("TensorFlow parameter server settings.")
        TensorFlow tensorflow,
    @Nullable @JsonPropertyDescription("MPI settings.") Mpi mpi,
    @Nullable @JsonPropertyDescription("PyTorch settings.") PyTorch pytorch,
    @Nullable @JsonPropertyDescription("Settings of a Batch AI run.") BatchAi batchai,
    @Nullable @JsonPropertyDescription("Size of a container group on Azure Container Instances.")
        ContainerInstance containerInstance,
    @Nullable @JsonPropertyDescription("Compute that is made for one run.") AmlCompute amlcompute,
    @Nullable
        @Size(max = 64)
        @JsonPropertyDescription("Data that the run reads or writes, by name.")
        Map<String, DataReference> dataReferences,
    @Nullable
        @Size(max = 256)
        @ValidationRule(value = Rules.VARIABLES, message = Rules.VARIABLES_MESSAGE)
        @ValidationRule(value = Rules.VARIABLE_NAMES, message = Rules.VARIABLE_NAMES_MESSAGE)
        @JsonPropertyDescription(
            "Environment variables as newer SDKs write them; added to"
                + " environment.environmentVariables.")
        Map<String, IntOrString> environmentVariables,
    @Nullable
        @Size(max = 65536)
        @JsonPropertyDescription("Kept, not acted on: command line of newer SDKs; use script.")
        String command,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.")
        AnyType paralleltask,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.") AnyType data,
    @Nullable @JsonPropertyDescription("Kept, not acted on.") List<AnyType> datacaches,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.")
        AnyType outputData,
    @Nullable @JsonPropertyDescription("Kept, not acted on.") String sourceDirectoryDataStore,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.")
        AnyType autoClusterComputeSpecification,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.")
        AnyType kubernetescompute,
    @Nullable @JsonPropertyDescription("Kept, not acted on.") Boolean credentialPassthrough,
    @Nullable @PreserveUnknownFields @JsonPropertyDescription("Kept, not acted on.")
        AnyType applicationEndpoints) {

  /** What is kept of a run. */
  public record History(
      @Nullable
          @Default("true")
          @JsonPropertyDescription("Whether outputs and logs are collected when the run is over.")
          Boolean outputCollection,
      @Nullable
          @Default("true")
          @JsonPropertyDescription("Whether the snapshot of the source is kept with the run.")
          Boolean snapshotProject,
      @Nullable
          @Size(max = 64)
          @ValidationRule(
              value = "self.all(d, !d.startsWith('/') && !d.split('/').exists(p, p == '..'))",
              message =
                  "history.directoriesToWatch must be directories inside the source directory: no"
                      + " leading '/' and no '..'")
          @JsonPropertyDescription(
              "Directories beside outputs/ whose files are collected, relative to the source"
                  + " directory.")
          List<@Size(min = 1, max = 255) String> directoriesToWatch) {}

  /** Spark settings. */
  public record Spark(
      @Nullable @Size(max = 256) @JsonPropertyDescription("Spark configuration properties by name.")
          Map<String, AnyType> configuration) {}

  /** Docker section at the top level, as newer SDKs write it. */
  public record DockerRunSection(
      @Nullable @JsonPropertyDescription("Kept, not acted on; see environment.docker.enabled.")
          Boolean useDocker,
      @Nullable @JsonPropertyDescription("Kept, not acted on.") Boolean sharedVolumes,
      @Nullable
          @JsonPropertyDescription("Further arguments of docker run on machines, from a list.")
          List<String> arguments,
      @Nullable @JsonPropertyDescription("Kept, not acted on; see environment.docker.shmSize.")
          String shmSize) {}

  /** HDInsight settings. */
  public record Hdi(
      @Nullable
          @Default("cluster")
          @ValidationRule(
              value = "self in ['cluster', 'client']",
              message = "hdi.yarnDeployMode must be cluster or client")
          @JsonPropertyDescription("YARN deploy mode of spark-submit: cluster or client.")
          String yarnDeployMode) {}

  /** TensorFlow parameter server settings. */
  public record TensorFlow(
      @Nullable @Default("1") @Min(0) @Max(1000) @JsonPropertyDescription("Number of workers.")
          Integer workerCount,
      @Nullable
          @Default("1")
          @Min(0)
          @Max(1000)
          @JsonPropertyDescription("Number of parameter servers.")
          Integer parameterServerCount) {}

  /** MPI settings. */
  public record Mpi(
      @Nullable
          @Default("1")
          @Min(1)
          @Max(256)
          @JsonPropertyDescription("Number of processes on each node.")
          Integer processCountPerNode,
      @Nullable @Min(1) @Max(1000) @JsonPropertyDescription("Number of nodes, as nodeCount.")
          Integer nodeCount) {}

  /** PyTorch settings. */
  public record PyTorch(
      @Nullable
          @Size(max = 32)
          @JsonPropertyDescription("Backend of torch.distributed: nccl, gloo or mpi.")
          String communicationBackend,
      @Nullable @Min(1) @Max(100000) @JsonPropertyDescription("Number of processes in all.")
          Integer processCount,
      @Nullable @Min(1) @Max(1000) @JsonPropertyDescription("Number of nodes, as nodeCount.")
          Integer nodeCount) {}

  /** Batch AI settings. */
  public record BatchAi(
      @Nullable @Min(1) @Max(1000) @JsonPropertyDescription("Older name of nodeCount.")
          Integer nodeCount) {}

  /** Size of a container group. */
  public record ContainerInstance(
      @Nullable
          @ValidationRule(
              value = Rules.ACI_REGION,
              message = "containerInstance.region" + Rules.ACI_REGIONS)
          @JsonPropertyDescription("Azure region of the container group.")
          String region,
      @Nullable @Default("1") @Min(1) @Max(4) @JsonPropertyDescription("CPU cores.")
          Integer cpuCores,
      @Nullable @Default("2") @Min(1) @Max(16) @JsonPropertyDescription("Memory in GB.")
          Double memoryGb) {}

  /** Compute that is made for one run. */
  public record AmlCompute(
      @Nullable @Size(max = 64) @JsonPropertyDescription("Azure size of the nodes.") String vmSize,
      @Nullable
          @ValidationRule(
              value = "self in ['dedicated', 'lowpriority']",
              message = "amlcompute.vmPriority must be dedicated or lowpriority")
          @JsonPropertyDescription("dedicated or lowpriority.")
          String vmPriority,
      @Nullable @JsonPropertyDescription("Whether the cluster stays after the run.")
          Boolean retainCluster,
      @Nullable @Size(max = 64) @JsonPropertyDescription("Name of the cluster.") String name,
      @Nullable @Min(1) @Max(1000) @JsonPropertyDescription("Greatest number of nodes.")
          Integer clusterMaxNodeCount) {}

  /** A path on a datastore. */
  public record DataReference(
      @Nullable @Size(max = 255) @JsonPropertyDescription("Name of the datastore.")
          String dataStoreName,
      @Nullable @Size(max = 4096) @JsonPropertyDescription("Path on the datastore.")
          String pathOnDataStore,
      @Nullable
          @ValidationRule(
              value = "self in ['mount', 'download', 'upload']",
              message = "dataReferences mode must be mount, download or upload")
          @JsonPropertyDescription("mount, download or upload.")
          String mode,
      @Nullable @JsonPropertyDescription("Whether existing files are overwritten.")
          Boolean overwrite,
      @Nullable @Size(max = 4096) @JsonPropertyDescription("Path on the compute.")
          String pathOnCompute) {}
}
