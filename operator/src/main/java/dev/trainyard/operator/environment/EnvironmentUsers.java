package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import java.util.stream.Stream;

/** What uses environments, or did. */
interface EnvironmentUsers {
  /** Runs that use the environment, finished ones too. */
  Stream<TrainingRun> runs(Environment environment);

  /** Run configurations that the environment was prepared for. */
  Stream<RunConfiguration> configurations(Environment environment);
}
