package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * A disk that is full fails scripts that are not to blame. It is seen when an attempt has failed,
 * since what the attempt wrote is still there then.
 */
final class FullDisk {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String ENOSPC = "no space left on device";
  private static final long LEAST_KIB = 4_096;

  private FullDisk() {}

  /** Whether the text of an error says that a disk is full. */
  static boolean isNamedBy(String error) {
    return error.toLowerCase(java.util.Locale.ROOT).contains(ENOSPC);
  }

  /** Whether so little is free that a script cannot have gone on. */
  static boolean isFull(long freeKib) {
    return freeKib < LEAST_KIB;
  }

  /** Whether the disk on which the Docker engine keeps containers is full; false if nobody says. */
  static boolean isEngines(SshConnection connection) throws SshFailure, EngineException {
    JsonNode info = new Engine(connection).get("/info");
    String root = info.path("DockerRootDir").asText();
    if (!root.startsWith("/")) {
      return false;
    }
    OptionalLong free = free(connection.run(List.of("df", "-Pk", root), 4_096, LIMIT).output());
    return free.isPresent() && isFull(free.getAsLong());
  }

  /** The fourth word of the second line, as POSIX has it. */
  static OptionalLong free(String answer) {
    List<String> lines = answer.lines().toList();
    String[] words = lines.size() < 2 ? new String[0] : lines.get(1).strip().split("\\s+");
    return words.length > 3 && words[3].matches("\\d{1,15}")
        ? OptionalLong.of(Long.parseLong(words[3]))
        : OptionalLong.empty();
  }

  /** The same end, with the disk to blame. */
  static RunObservation blame(RunObservation.Ended ended) {
    return new RunObservation.Ended(
        Cause.DISK_FULL,
        ended.exitCode(),
        "The disk of the machine is full, and the attempt failed"
            + ended.exitCode().map(code -> " with exit code " + code).orElse("")
            + ": remove what is not needed from the machine, for example with `docker system"
            + " prune`, or use one with a larger disk.",
        ended.startTime(),
        ended.endTime());
  }
}
