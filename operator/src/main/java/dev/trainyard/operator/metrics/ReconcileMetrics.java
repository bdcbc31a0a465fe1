package dev.trainyard.operator.metrics;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

/**
 * Times reconciles by controller and outcome. Nothing is kept for a single resource: a metric for
 * each would grow for as long as the operator runs.
 */
public final class ReconcileMetrics implements Metrics {
  private static final String NAME = "trainyard.reconcile";

  private final MeterRegistry registry;

  public ReconcileMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public <T> T timeControllerExecution(ControllerExecution<T> execution) throws Exception {
    Timer.Sample sample = Timer.start(registry);
    try {
      T result = execution.execute();
      stop(sample, execution, "success");
      return result;
    } catch (Exception e) {
      stop(sample, execution, "error");
      throw e;
    }
  }

  private void stop(Timer.Sample sample, ControllerExecution<?> execution, String outcome) {
    sample.stop(registry.timer(NAME, "controller", execution.controllerName(), "outcome", outcome));
  }
}
