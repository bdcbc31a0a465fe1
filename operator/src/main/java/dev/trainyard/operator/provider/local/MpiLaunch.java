package dev.trainyard.operator.provider.local;

import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How the processes of an MPI program come to their nodes. The first node runs the library's
 * launcher, which would start its daemons by ssh. Images have no ssh server and pods no keys, so
 * that a small agent takes its place ({@code mpi-agent.py}): each other node fetches the daemon's
 * command from the first one. Needs the library in the image, and an interpreter that is Python.
 * Pure.
 *
 * @param library Open MPI 4, or Intel MPI as of 2021.18
 * @param hosts names of the nodes, the first one first
 * @param processesPerNode processes on each node
 */
record MpiLaunch(MpiLibrary library, List<String> hosts, int processesPerNode) {
  /** Annotation of a pod: the passwd file that its script sees. */
  static final String PASSWD = "trainyard.dev/passwd";

  private static final String VOLUME = "passwd";
  private static final String AGENT = "/tmp/.trainyard-mpi.py";

  /** Open MPI refuses to work for a user without a name; images know none with our number. */
  static final String PASSWD_FILE =
      """
      root:x:0:0:root:/root:/bin/sh
      train:x:1000:1000:train:/tmp:/bin/sh
      """;

  /** Settings of the library, which the user's variables may change. */
  Map<String, String> environment() {
    return library.environment(hosts.size());
  }

  /** Shell lines that put the launcher, or the agent, before the command in {@code "$@"}. */
  String prelude() {
    String launcher =
        library.check() + "set -- " + library.launcher(hosts, processesPerNode) + " \"$@\"\n";
    return hosts.size() == 1
        ? launcher
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
            .formatted(
                AGENT, agent().strip(), library.agentInThePlaceOfSsh(AGENT), launcher.strip());
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
