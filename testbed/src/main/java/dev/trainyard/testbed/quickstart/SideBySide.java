package dev.trainyard.testbed.quickstart;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** What came of some runs, a column for each. */
final class SideBySide {
  private static final int SHORT_DIGEST = 19;

  private final List<GenericKubernetesResource> runs;
  private final StringBuilder text = new StringBuilder();

  private SideBySide(List<GenericKubernetesResource> runs) {
    this.runs = runs;
  }

  static String of(KubernetesClient client, String namespace, List<String> names) {
    var runs = new ArrayList<GenericKubernetesResource>();
    for (String name : names) {
      runs.add(
          client
              .genericKubernetesResources("trainyard.dev/v1alpha1", "TrainingRun")
              .inNamespace(namespace)
              .withName(name)
              .require());
    }
    return new SideBySide(runs).table();
  }

  private String table() {
    row("", run -> run.getMetadata().getName());
    row("target", run -> String.valueOf((Object) run.get("status", "target")));
    row("image", run -> digest(String.valueOf((Object) run.get("status", "image"))));
    var names = new TreeMap<String, String>();
    runs.forEach(run -> names.putAll(metrics(run)));
    for (String name : names.keySet()) {
      row(name, run -> metrics(run).getOrDefault(name, ""));
    }
    return text.toString();
  }

  private void row(String title, Function<GenericKubernetesResource, String> value) {
    text.append(String.format(Locale.ROOT, "%-8s", title));
    for (GenericKubernetesResource run : runs) {
      text.append(String.format(Locale.ROOT, "  %-22s", value.apply(run)));
    }
    text.setLength(text.toString().stripTrailing().length());
    text.append(System.lineSeparator());
  }

  /** Enough of it to tell images apart. */
  private static String digest(String image) {
    String digest = image.substring(image.indexOf('@') + 1);
    return digest.length() > SHORT_DIGEST ? digest.substring(0, SHORT_DIGEST) : digest;
  }

  private static Map<String, String> metrics(GenericKubernetesResource run) {
    var metrics = new TreeMap<String, String>();
    if (run.get("status", "metrics") instanceof Map<?, ?> map) {
      map.forEach((name, value) -> metrics.put(String.valueOf(name), String.valueOf(value)));
    }
    return metrics;
  }
}
