package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a provider needs to know to make an attempt of a run.
 *
 * @param image image to run by digest, as nodes pull it; empty until it was composed
 * @param resources what the run itself asks for; fields may be null
 */
public record RunRequest(
    RunAttempt attempt,
    ComputeTargetSpec target,
    EffectiveConfiguration configuration,
    Resources resources,
    String image) {

  public TrainingRun run() {
    return attempt.run();
  }

  /** The words that run the script. */
  public List<String> command() {
    var command = new ArrayList<String>();
    command.add(configuration.interpreter());
    command.add(configuration.script().orElseThrow());
    command.addAll(configuration.arguments());
    return command;
  }

  /** The script's environment variables, the same on every kind of compute. */
  public Map<String, String> environment() {
    var variables = new LinkedHashMap<String, String>();
    variables.put("PYTHONUNBUFFERED", "1");
    variables.put("HOME", "/tmp");
    variables.put("AZUREML_RUN_ID", run().getMetadata().getUid());
    variables.put("AZUREML_EXPERIMENT_NAME", run().getMetadata().getNamespace());
    variables.put("TRAINYARD_RUN_NAME", run().getMetadata().getName());
    variables.put("TRAINYARD_ATTEMPT", Integer.toString(attempt.number()));
    variables.putAll(configuration.environmentVariables());
    return variables;
  }
}
