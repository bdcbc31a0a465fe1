package dev.trainyard.benchmarks;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measures the operator that is installed in the current context's cluster. */
public final class Main {
  private Main() {}

  private static Map<String, Scenario> scenarios() {
    var all = new LinkedHashMap<String, Scenario>();
    all.put("latency", new Latency());
    all.put("burst", new Burst());
    all.put("startup", new Startup());
    all.put("memory", new Memory());
    all.put("queue", new Queue());
    all.put("machines", new AttachedMachines());
    return all;
  }

  /**
   * Measures and prints.
   *
   * @param arguments file for the figures as JSON, and the names of scenarios; none: all
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Map<String, Scenario> all = scenarios();
    List<String> names = Arrays.asList(arguments).subList(1, arguments.length);
    if (!all.keySet().containsAll(names)) {
      System.err.println("There are these scenarios: " + String.join(" ", all.keySet()));
      System.exit(2);
    }
    Figures figures;
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      figures = new Figures(Machine.describe(client));
    }
    for (Map.Entry<String, Scenario> scenario : all.entrySet()) {
      if (!names.isEmpty() && !names.contains(scenario.getKey())) {
        continue;
      }
      System.err.println("Measuring: " + scenario.getKey());
      try (var bench = new Bench(scenario.getKey())) {
        scenario.getValue().measure(bench, figures);
      }
      // After each, so that what was measured is not lost with the next one.
      Files.writeString(Path.of(arguments[0]), Serialization.asJson(figures.values()));
    }
    System.out.print(figures.table());
  }
}
