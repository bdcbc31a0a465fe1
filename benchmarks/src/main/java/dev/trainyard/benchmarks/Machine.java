package dev.trainyard.benchmarks;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the figures are measured on; without it they say nothing. */
final class Machine {
  private Machine() {}

  static Map<String, String> describe(KubernetesClient client) throws IOException {
    return Map.of(
        "processor", line("/proc/cpuinfo", "model name"),
        "cores", Integer.toString(Runtime.getRuntime().availableProcessors()),
        "memory", line("/proc/meminfo", "MemTotal"),
        "system", System.getProperty("os.name") + " " + System.getProperty("os.version"),
        // Figures of a machine that does something else meanwhile are worse than its own.
        "load at the start", first("/proc/loadavg"),
        "Kubernetes", client.getKubernetesVersion().getGitVersion(),
        "nodes", Integer.toString(client.nodes().list().getItems().size()),
        "Java", System.getProperty("java.vendor.version", "?"));
  }

  private static String line(String file, String name) throws IOException {
    if (!Files.exists(Path.of(file))) {
      return "unknown";
    }
    return Files.readString(Path.of(file))
        .lines()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }

  private static String first(String file) throws IOException {
    return Files.exists(Path.of(file)) ? Files.readString(Path.of(file)).split(" ", 2)[0] : "?";
  }
}
