package dev.trainyard.operator.provider.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The nodes of a distributed run: how many, how they find each other, and what their programs read
 * from the environment. A node is a pod of an Indexed Job, under a name of a headless Service.
 * Pure.
 *
 * <ul>
 *   <li>Any framework: {@code TRAINYARD_NODE_COUNT}, {@code TRAINYARD_NODE_RANK}, {@code
 *       TRAINYARD_NODE_LIST} and Kubernetes' own {@code JOB_COMPLETION_INDEX}.
 *   <li>torch.distributed ({@code init_method="env://"}): {@code MASTER_ADDR}, {@code MASTER_PORT},
 *       {@code WORLD_SIZE}, {@code RANK}, {@code LOCAL_RANK}; one process a node.
 *   <li>Communicators OpenMpi and IntelMpi: what the library sets; see {@link MpiLaunch}. The run
 *       is over when the library's launcher on the first node is.
 *   <li>Communicator ParameterServer: {@code TF_CONFIG}, with the workers first and the parameter
 *       servers after them, one process a pod. The run is over when its workers are.
 * </ul>
 */
final class NodeGroup {
  private static final int TENSORFLOW_PORT = 2222;
  private static final int PYTORCH_PORT = 29_500;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunRequest request;
  private final EffectiveConfiguration configuration;

  NodeGroup(RunRequest request) {
    this.request = request;
    this.configuration = request.configuration();
  }

  private boolean hasParameterServers() {
    return configuration.communicator() == Communicator.PARAMETER_SERVER;
  }

  boolean isMpi() {
    return mpi().isPresent();
  }

  /** How many of the nodes, the last ones, are parameter servers. */
  int parameterServers() {
    return hasParameterServers() ? configuration.parameterServerCount() : 0;
  }

  int size() {
    return hasParameterServers()
        ? configuration.workerCount() + configuration.parameterServerCount()
        : configuration.nodeCount();
  }

  boolean isDistributed() {
    return size() > 1 || hasParameterServers();
  }

  /** How many nodes, from the first, have to succeed for the run to have succeeded. */
  int deciding() {
    if (isMpi()) {
      return 1;
    }
    return hasParameterServers() ? configuration.workerCount() : size();
  }

  /** Name of the headless Service; it begins with a letter whatever the run's name is. */
  String service() {
    return "nodes-"
        + request.run().getMetadata().getUid().substring(0, 13)
        + "-"
        + request.attempt().number();
  }

  private String host(int index) {
    return request.attempt().name() + "-" + index + "." + service();
  }

  /** Variables that are the same on every node. */
  Map<String, String> environment() {
    var variables = new LinkedHashMap<String, String>();
    mpi().map(MpiLaunch::environment).ifPresent(variables::putAll);
    if (!isDistributed()) {
      return variables;
    }
    variables.put("TRAINYARD_NODE_COUNT", Integer.toString(size()));
    variables.put(
        "TRAINYARD_NODE_LIST",
        IntStream.range(0, size()).mapToObj(this::host).collect(Collectors.joining(",")));
    if (!isMpi()
        && (configuration.framework() == Framework.PY_TORCH
            || configuration.communicator() == Communicator.NONE)) {
      variables.put("MASTER_ADDR", host(0));
      variables.put("MASTER_PORT", Integer.toString(PYTORCH_PORT));
      variables.put("WORLD_SIZE", Integer.toString(size()));
      variables.put("LOCAL_RANK", "0");
    }
    return variables;
  }

  /** Shell lines that set what differs from node to node; made of names and numbers of ours. */
  String prelude() {
    if (!isDistributed()) {
      return mpi().map(MpiLaunch::prelude).orElse("");
    }
    var lines = new StringBuilder();
    lines.append("export TRAINYARD_NODE_RANK=\"$JOB_COMPLETION_INDEX\"\n");
    if (hasParameterServers()) {
      String cluster = cluster();
      int workers = configuration.workerCount();
      lines
          .append("if [ \"$JOB_COMPLETION_INDEX\" -lt " + workers + " ]; then type=worker; ")
          .append("index=$JOB_COMPLETION_INDEX; else type=ps; ")
          .append("index=$((JOB_COMPLETION_INDEX - " + workers + ")); fi\n")
          .append("export TF_CONFIG='{\"cluster\":" + cluster + ",\"environment\":\"cloud\",")
          .append("\"task\":{\"type\":\"'\"$type\"'\",\"index\":'\"$index\"'}}'\n");
    } else if (isMpi()) {
      lines.append(mpi().orElseThrow().prelude());
    } else {
      lines.append("export RANK=\"$JOB_COMPLETION_INDEX\" NODE_RANK=\"$JOB_COMPLETION_INDEX\"\n");
    }
    return lines.toString();
  }

  private Optional<MpiLaunch> mpi() {
    return MpiLibrary.of(configuration.communicator())
        .map(library ->
            new MpiLaunch(
                library,
                IntStream.range(0, size()).mapToObj(this::host).toList(),
                configuration.processCountPerNode()));
  }

  private String cluster() {
    ObjectNode cluster = JSON.createObjectNode();
    int workers = configuration.workerCount();
    addresses(cluster.putArray("worker"), IntStream.range(0, workers).boxed().toList());
    addresses(cluster.putArray("ps"), IntStream.range(workers, size()).boxed().toList());
    return cluster.toString();
  }

  private void addresses(ArrayNode array, List<Integer> indexes) {
    indexes.forEach(index -> array.add(host(index) + ":" + TENSORFLOW_PORT));
  }
}
