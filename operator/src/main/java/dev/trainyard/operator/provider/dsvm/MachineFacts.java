package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.ssh.Printable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a machine says of itself in answer to {@link #QUESTIONS}. What it does not say, or says in a
 * way that cannot be understood, is empty.
 */
record MachineFacts(
    String osId,
    String os,
    String architecture,
    Optional<Integer> cores,
    Optional<Long> memoryMiB,
    Optional<Long> freeMiB,
    Optional<Long> homeFreeMiB,
    Optional<Instant> now,
    boolean hasDockerCommand,
    boolean hasDockerSocket,
    boolean mayUseDockerSocket,
    List<String> gpus,
    Optional<String> gpuDriver) {

  /** A script for sh; it takes no words and changes nothing. */
  static final String QUESTIONS =
      """
      (. /etc/os-release; printf 'os-id=%s\\nos=%s\\n' "$ID" "$PRETTY_NAME")
      echo "architecture=$(uname -m)"
      echo "cores=$(nproc)"
      echo "memory=$(awk '/^MemTotal:/ {print int($2 / 1024)}' /proc/meminfo)"
      folder=/var/lib/docker
      [ -d "$folder" ] || folder=$HOME
      echo "free=$(df -Pm "$folder" | awk 'NR == 2 {print $4}')"
      folder=$HOME/.trainyard/runs
      [ -d "$folder" ] || folder=$HOME
      echo "home-free=$(df -Pm "$folder" | awk 'NR == 2 {print $4}')"
      command -v docker > /dev/null && echo docker-command=yes
      [ -S /var/run/docker.sock ] && echo docker-socket=yes
      [ -w /var/run/docker.sock ] && echo docker-access=yes
      if command -v nvidia-smi > /dev/null; then
        nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | sed 's/^/gpu=/'
      fi
      echo "now=$(date +%s)"
      """;

  private static final int MOST_GPUS = 64;

  static MachineFacts parse(String answer) {
    Map<String, String> said = new HashMap<>();
    var gpus = new ArrayList<String>();
    for (String line : answer.lines().toList()) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        String value = Printable.text(line.substring(equals + 1));
        if (line.startsWith("gpu=") && gpus.size() < MOST_GPUS) {
          gpus.add(value);
        } else {
          said.putIfAbsent(line.substring(0, equals), value);
        }
      }
    }
    return new MachineFacts(
        said.getOrDefault("os-id", ""),
        said.getOrDefault("os", ""),
        said.getOrDefault("architecture", ""),
        number(said, "cores").map(Long::intValue),
        number(said, "memory"),
        number(said, "free"),
        number(said, "home-free"),
        number(said, "now").map(Instant::ofEpochSecond),
        said.containsKey("docker-command"),
        said.containsKey("docker-socket"),
        said.containsKey("docker-access"),
        gpus.stream().map(gpu -> gpu.split(",", 2)[0].strip()).toList(),
        gpus.stream()
            .filter(gpu -> gpu.contains(","))
            .map(gpu -> gpu.split(",", 2)[1].strip())
            .findFirst());
  }

  private static Optional<Long> number(Map<String, String> said, String name) {
    String value = said.getOrDefault(name, "");
    return value.matches("\\d{1,10}") ? Optional.of(Long.valueOf(value)) : Optional.empty();
  }
}
