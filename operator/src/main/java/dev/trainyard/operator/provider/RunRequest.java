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
 * One attempt of a run, as a provider needs it.
 *
 * @param attempt number of the attempt, from 1
 * @param image image to run by digest, as nodes pull it; empty until it was composed
 * @param resources what the run itself asks for; fields may be null
 */
public record RunRequest(
    TrainingRun run,
    ComputeTargetSpec target,
    EffectiveConfiguration configuration,
    Resources resources,
    String image,
    int attempt) {
  private static final int NAME_LENGTH = 44;

  /** A name that tells a person which run it is, and is the same for the same attempt. */
  public String attemptName() {
    String name = run.getMetadata().getName().replace('.', '-');
    String head = name.length() > NAME_LENGTH ? name.substring(0, NAME_LENGTH) : name;
    return head + "-" + run.getMetadata().getUid().substring(0, 8) + "-" + attempt;
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
    variables.put("AZUREML_RUN_ID", run.getMetadata().getUid());
    variables.put("AZUREML_EXPERIMENT_NAME", run.getMetadata().getNamespace());
    variables.put("TRAINYARD_RUN_NAME", run.getMetadata().getName());
    variables.put("TRAINYARD_ATTEMPT", Integer.toString(attempt));
    variables.putAll(configuration.environmentVariables());
    return variables;
  }
}
