package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.snapshot.SnapshotStore;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.List;

/**
 * The container of an attempt, in the words of the engine's API: user, working directory,
 * environment and command are those of the pod that the same run has on a cluster. Pure.
 */
final class ContainerSpec {
  static final String NAMESPACE_LABEL = TrainyardApi.GROUP + "/namespace";
  static final String RUN_LABEL = TrainyardApi.RUN_NAME_ANNOTATION;
  static final String TARGET_LABEL = TrainyardApi.GROUP + "/target-uid";
  static final String BOOT_LABEL = TrainyardApi.GROUP + "/boot-id";

  /** What an attempt needs to be judged stands with it, whatever becomes of its configuration. */
  static final String DEADLINE_LABEL = TrainyardApi.GROUP + "/deadline-seconds";

  /** Indices of the machine's GPUs that the container has, with commas. */
  static final String GPUS_LABEL = TrainyardApi.GROUP + "/gpus";

  /** The directories that are collected, as a JSON array. */
  static final String DIRECTORIES_LABEL = TrainyardApi.GROUP + "/collected-directories";

  private static final String USER = "1000:1000";
  private static final BigDecimal NANO = BigDecimal.valueOf(1_000_000_000);
  private static final ObjectMapper JSON = new ObjectMapper();

  private ContainerSpec() {}

  /**
   * The body of the request that makes it.
   *
   * @param gpus indices of the GPUs that the container has, with commas; empty for none
   */
  static ObjectNode of(
      RunRequest request, String imageId, String targetUid, String bootId, String gpus) {
    ObjectNode spec = JSON.createObjectNode();
    spec.put("Image", imageId)
        .put("User", USER)
        .put("WorkingDir", SnapshotStore.WORKING_DIRECTORY)
        .put("Tty", false);
    request.command().forEach(spec.putArray("Entrypoint")::add);
    spec.putArray("Cmd");
    var variables = spec.putArray("Env");
    request.environment().forEach((name, value) -> variables.add(name + "=" + value));
    ObjectNode labels = spec.putObject("Labels");
    labels
        .put("app.kubernetes.io/managed-by", "trainyard")
        .put(TrainyardApi.RUN_UID_LABEL, request.run().getMetadata().getUid())
        .put(TrainyardApi.ATTEMPT_LABEL, Integer.toString(request.attempt().number()))
        .put(NAMESPACE_LABEL, request.run().getMetadata().getNamespace())
        .put(RUN_LABEL, request.run().getMetadata().getName())
        .put(TARGET_LABEL, targetUid)
        .put(BOOT_LABEL, bootId);
    request
        .configuration()
        .deadlineSeconds()
        .ifPresent(seconds -> labels.put(DEADLINE_LABEL, Long.toString(seconds)));
    var directories = JSON.createArrayNode();
    request.configuration().collectedDirectories().forEach(directories::add);
    labels.put(DIRECTORIES_LABEL, directories.toString());
    if (!gpus.isEmpty()) {
      labels.put(GPUS_LABEL, gpus);
    }
    spec.set("HostConfig", host(request, gpus));
    DockerArguments.apply(request.configuration().dockerArguments(), spec);
    return spec;
  }

  /** How many GPUs the run asks for. */
  static int gpus(RunRequest request) {
    Integer wished = request.resources().gpu();
    if (wished != null) {
      return wished;
    }
    return request.configuration().gpuSupport() ? 1 : 0;
  }

  private static ObjectNode host(RunRequest request, String gpus) {
    ObjectNode host = JSON.createObjectNode();
    host.put("ShmSize", request.configuration().shmBytes()).put("Init", true);
    host.putObject("RestartPolicy").put("Name", "no");
    host.putArray("CapDrop").add("ALL");
    host.putArray("SecurityOpt").add("no-new-privileges");
    ObjectNode log = host.putObject("LogConfig").put("Type", "json-file");
    log.putObject("Config").put("max-size", "32m").put("max-file", "2");
    String memory = request.resources().memory();
    if (memory != null) {
      long bytes = Quantity.getAmountInBytes(Quantity.parse(memory)).longValue();
      host.put("Memory", bytes).put("MemorySwap", bytes);
    }
    String cpu = request.resources().cpu();
    if (cpu != null) {
      host.put("NanoCpus", Quantity.parse(cpu).getNumericalAmount().multiply(NANO).longValue());
    }
    if (!gpus.isEmpty()) {
      ObjectNode device = host.putArray("DeviceRequests").addObject();
      device.put("Driver", "nvidia");
      List.of(gpus.split(",")).forEach(device.putArray("DeviceIDs")::add);
      device.putArray("Capabilities").addArray().add("gpu");
    }
    return host;
  }
}
