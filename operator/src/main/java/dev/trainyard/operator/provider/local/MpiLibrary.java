package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.Communicator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The MPI libraries that a run can use: how each one's launcher is called, and how it is told to
 * call the agent of {@link MpiLaunch} where it would call ssh.
 */
enum MpiLibrary {
  OPEN_MPI("OpenMpi", "mpirun", "use a base image with Open MPI") {
    @Override
    Map<String, String> environment(int nodes) {
      var settings = new LinkedHashMap<String, String>();
      settings.put("OMPI_MCA_plm_rsh_no_tree_spawn", "1");
      settings.put("OMPI_MCA_orte_leave_session_attached", "1");
      settings.put("OMPI_MCA_hwloc_base_binding_policy", "none");
      // A container may not read the memory of its own processes' neighbours.
      settings.put("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
      return settings;
    }

    @Override
    String launcher(List<String> hosts, int processesPerNode) {
      String slots =
          hosts.stream()
              .map(host -> host + ":" + processesPerNode)
              .collect(Collectors.joining(","));
      return "mpirun -np "
          + hosts.size() * processesPerNode
          + (hosts.size() == 1 ? "" : " --host " + slots);
    }

    @Override
    String agentInThePlaceOfSsh(String agent) {
      return "export OMPI_MCA_plm_rsh_agent=\"$1 " + agent + " launch\"";
    }
  },

  INTEL_MPI(
      "IntelMpi",
      "mpiexec.hydra",
      "use an environment with the pip package impi-rt or a base image with Intel MPI") {
    @Override
    Map<String, String> environment(int nodes) {
      var settings = new LinkedHashMap<String, String>();
      settings.put("I_MPI_HYDRA_BOOTSTRAP", "ssh");
      // Every node is reached from the first one; others would start those behind them.
      settings.put("I_MPI_HYDRA_BRANCH_COUNT", Integer.toString(nodes));
      // Several pods of a machine would be bound to the same processors.
      settings.put("I_MPI_PIN", "off");
      return settings;
    }

    @Override
    String launcher(List<String> hosts, int processesPerNode) {
      // Ranks see the variables of their own node, not those of the first one.
      return "mpiexec.hydra -genvnone -n "
          + hosts.size() * processesPerNode
          + (hosts.size() == 1
              ? ""
              : " -ppn " + processesPerNode + " -hosts " + String.join(",", hosts));
    }

    /** Hydra takes the path of one program, without arguments. */
    @Override
    String agentInThePlaceOfSsh(String agent) {
      return """
      printf '#!/bin/sh\\nexec "%%s" %1$s launch "$@"\\n' "$1" > %1$s.sh
      chmod 700 %1$s.sh
      export I_MPI_HYDRA_BOOTSTRAP_EXEC=%1$s.sh\
      """
          .formatted(agent);
    }
  };

  private final String communicator;
  private final String program;
  private final String remedy;

  MpiLibrary(String communicator, String program, String remedy) {
    this.communicator = communicator;
    this.program = program;
    this.remedy = remedy;
  }

  /** The library of a communicator; empty for those that are not MPI. */
  static Optional<MpiLibrary> of(Communicator communicator) {
    return switch (communicator) {
      case OPEN_MPI -> Optional.of(OPEN_MPI);
      case INTEL_MPI -> Optional.of(INTEL_MPI);
      case NONE, PARAMETER_SERVER -> Optional.empty();
    };
  }

  /** Settings of the library, which the user's variables may change. */
  abstract Map<String, String> environment(int nodes);

  /** The words that start the processes, before the command that each of them executes. */
  abstract String launcher(List<String> hosts, int processesPerNode);

  /** Shell lines after which the launcher calls the agent; the interpreter is {@code "$1"}. */
  abstract String agentInThePlaceOfSsh(String agent);

  /** Shell lines that end with exit code 126 in an image without the library. */
  String check() {
    return """
    command -v %2$s >/dev/null || {
      echo "communicator %1$s needs %2$s, which the image does not have: %3$s" >&2
      exit 126
    }
    """
        .formatted(communicator, program, remedy);
  }
}
