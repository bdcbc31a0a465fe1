package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;

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
    int attempt) {}
