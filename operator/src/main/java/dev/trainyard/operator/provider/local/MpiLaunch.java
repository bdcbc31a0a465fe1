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
 * How the processes of an Open MPI program come to their nodes. The first node runs {@code mpirun},
 * which would start its daemons by ssh. Images have no ssh server and pods no keys, so that a small
 * agent takes its place ({@code mpi-agent.py}): each other node fetches the daemon's command from
 * the first one. Needs {@code mpirun} in the image, Open MPI 4, and an interpreter that is Python.
 * Pure.
 *
 * @param hosts names of the nodes, the first one first
 * @param processesPerNode processes on each node
 */
record MpiLaunch(List<String> hosts, int processesPerNode) {
  /** Annotation of a pod: the passwd file that its script sees. */
  static final String PASSWD = "trainyard.dev/passwd";

  private static final String VOLUME = "passwd";
  private static final String AGENT = "/tmp/.trainyard-mpi.py";

  /** mpirun refuses to work for a user without a name; images know none with our number. */
  static final String PASSWD_FILE =
      """
      root:x:0:0:root:/root:/bin/sh
      train:x:1000:1000:train:/tmp:/bin/sh
      """;

  /** Settings of Open MPI, which the user's variables may change. */
  static Map<String, String> environment() {
    var settings = new LinkedHashMap<String, String>();
    settings.put("OMPI_MCA_plm_rsh_no_tree_spawn", "1");
    settings.put("OMPI_MCA_orte_leave_session_attached", "1");
    settings.put("OMPI_MCA_hwloc_base_binding_policy", "none");
    // A container may not read the memory of its own processes' neighbours.
    settings.put("OMPI_MCA_btl_vader_single_copy_mechanism", "none");
    return settings;
  }

  /** Shell lines that put mpirun, or the agent, before the command in {@code "$@"}. */
  String prelude() {
    String mpirun =
        """
        command -v mpirun >/dev/null || {
          echo "communicator OpenMpi needs mpirun, which the image does not have: use a base image with Open MPI" >&2
          exit 126
        }
        set -- mpirun -np %d --host %s "$@"
        """
            .formatted(
                hosts.size() * processesPerNode,
                hosts.stream()
                    .map(host -> host + ":" + processesPerNode)
                    .collect(Collectors.joining(",")));
    return hosts.size() == 1
        ? mpirun.replaceFirst(" --host \\S+", "")
        : """
        cat > %1$s <<'END_OF_AGENT'
        %2$s
        END_OF_AGENT
        if [ "$JOB_COMPLETION_INDEX" = 0 ]; then
        export OMPI_MCA_plm_rsh_agent="$1 %1$s launch"
        %3$s
        else
        set -- "$1" %1$s wait
        fi
        """
            .formatted(AGENT, agent().strip(), mpirun.strip());
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
