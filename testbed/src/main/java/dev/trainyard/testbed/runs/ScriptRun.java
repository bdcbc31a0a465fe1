package dev.trainyard.testbed.runs;

/**
 * Manifests of a run in the interpreter of the testbed's base image, whose source is a ConfigMap
 * with one script.
 *
 * @param name of the run
 * @param source name of the ConfigMap
 * @param target name of the target
 */
public record ScriptRun(String name, String source, String target) {

  /** A run on this cluster, with a ConfigMap of its own name. */
  public static ScriptRun named(String name) {
    return new ScriptRun(name, name, "local");
  }

  /** The ConfigMap, whose script says the given word, and the run. */
  public String saying(String word) {
    return configMap(word) + "---\n" + run();
  }

  /** The ConfigMap alone, for several runs of one source. */
  public String configMap(String word) {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s}
    data: {train.py: "print('%s')"}
    """
        .formatted(source, word);
  }

  /** The run alone. */
  public String run() {
    return """
    apiVersion: trainyard.dev/v1alpha1
    kind: TrainingRun
    metadata: {name: %s}
    spec:
      script: train.py
      source: {configMap: {name: %s}}
      runConfiguration:
        target: %s
        environment:
          python: {userManagedDependencies: true}
          docker: {baseImage: "mcr.microsoft.com/azureml/base:0.2.4", shmSize: 16m}
    """
        .formatted(name, source, target);
  }
}
