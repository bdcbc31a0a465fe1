package dev.trainyard.operator.provider.local;

import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * How the processes of an MPI program come to their nodes. The first node runs the launcher, {@code
 * mpirun} of Open MPI or {@code mpiexec.hydra} of Intel MPI, which would start its daemons by ssh.
 * Images have no ssh server and pods no keys, so that a small agent takes its place ({@code
 * mpi-agent.py}): each other node fetches the daemon's command from the first one. Needs the
 * launcher in the image, or in the environment, and an interpreter that is Python. Pure.
 *
 * @param intel whether it is Intel MPI, and not Open MPI 4
 * @param hosts names of the nodes, the first one first
 * @param processesPerNode processes on each node
 */
record MpiLaunch(boolean intel, List<String> hosts, int processesPerNode) {
  /** Annotation of a pod: the passwd file that its script sees. */
  static final String PASSWD = "trainyard.dev/passwd";

  private static final String VOLUME = "passwd";
  private static final String AGENT = "/tmp/.trainyard-mpi.py";

  /** Intel MPI takes a program and no words after it. */
  private static final String REMOTE_SHELL = "/tmp/.trainyard-mpi.sh";

  /** Open MPI refuses to work for a user without a name; images know none with our number. */
  static final String PASSWD_FILE =
      """
      root:x:0:0:root:/root:/bin/sh
      train:x:1000:1000:train:/tmp:/bin/sh
      """;

  /** Settings of the MPI library, which the user's variables may change. */
  Map<String, String> environment() {
    return intel ? intelEnvironment() : openEnvironment();
  }

  private Map<String, String> intelEnvironment() {
    var settings = new LinkedHashMap<String, String>();
    settings.put("I_MPI_HYDRA_BOOTSTRAP", "ssh");
    // Every daemon is started from the first node, where the agent listens.
    settings.put("I_MPI_HYDRA_BRANCH_COUNT", Integer.toString(hosts.size()));
    // Pods do not know of each other's processes: they would all be bound to the same cores.
    settings.put("I_MPI_PIN", "0");
    return settings;
  }

  private static Map<String, String> openEnvironment() {
    var settings = new LinkedHashMap<String, String>();
    settings.put("OMPI_MCA_plm_rsh_no_tree_spawn", "1");
    settings.put("OMPI_MCA_orte_leave_session_attached", "1");
    settings.put("OMPI_MCA_hwloc_base_binding_policy", "none");
    // A container may not read the memory of its own processes' neighbours.
    settings.put("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
    return settings;
  }

  /** Shell lines that put the launcher, or the agent, before the command in {@code "$@"}. */
  String prelude() {
    return hosts.size() == 1
        ? launcher()
        : """
        cat > %1$s <<'END_OF_AGENT'
        %2$s
        END_OF_AGENT
        if [ "$JOB_COMPLETION_INDEX" = 0 ]; then
        %3$s
        %4$s
        else
        set -- "$1" %1$s wait
        fi
        """
            .formatted(AGENT, agent().strip(), remoteShell().strip(), launcher().strip());
  }

  /** Has the launcher call the agent, by the interpreter, in the place of ssh. */
  private String remoteShell() {
    return intel
        ? """
        export TRAINYARD_MPI_PYTHON="$1"
        printf '#!/bin/sh\nexec "$TRAINYARD_MPI_PYTHON" %1$s launch "$@"\n' > %2$s
        chmod 700 %2$s
        export I_MPI_HYDRA_BOOTSTRAP_EXEC=%2$s
        """
            .formatted(AGENT, REMOTE_SHELL)
        : """
        export OMPI_MCA_plm_rsh_agent="$1 %s launch"
        """
            .formatted(AGENT);
  }

  private String launcher() {
    int processes = hosts.size() * processesPerNode;
    return """
    command -v %1$s >/dev/null || {
      echo "communicator %2$s needs %1$s, which the image does not have: use a base image or an environment with %3$s" >&2
      exit 126
    }
    set -- %1$s%4$s "$@"
    """
        .formatted(
            intel ? "mpiexec.hydra" : "mpirun",
            intel ? "IntelMpi" : "OpenMpi",
            intel ? "Intel MPI" : "Open MPI",
            intel ? intelOptions(processes) : openOptions(processes));
  }

  /** Daemons call the first node back by the name that they are told, which must be in DNS. */
  private String intelOptions(int processes) {
    return hosts.size() == 1
        ? " -n " + processes
        : " -localhost %s -hosts %s -ppn %d -n %d"
            .formatted(hosts.getFirst(), String.join(",", hosts), processesPerNode, processes);
  }

  private String openOptions(int processes) {
    return hosts.size() == 1
        ? " -np " + processes
        : " -np %d --host %s"
            .formatted(
                processes,
                hosts.stream()
                    .map(host -> host + ":" + processesPerNode)
                    .collect(Collectors.joining(",")));
  }

  private static String agent() {
    try (InputStream in =
        Objects.requireNonNull(MpiLaunch.class.getResourceAsStream("mpi-agent.py"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Volume volume() {
    return new VolumeBuilder()
        .withName(VOLUME)
        .withNewDownwardAPI()
        .addNewItem()
        .withPath(VOLUME)
        .withNewFieldRef()
        .withFieldPath("metadata.annotations['" + PASSWD + "']")
        .endFieldRef()
        .endItem()
        .endDownwardAPI()
        .build();
  }

  static VolumeMount mount() {
    return new VolumeMountBuilder()
        .withName(VOLUME)
        .withMountPath("/etc/passwd")
        .withSubPath(VOLUME)
        .withReadOnly(true)
        .build();
  }
}
