package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;

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
}
