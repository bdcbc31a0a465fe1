package dev.trainyard.operator.metrics;

import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Times reconciles by controller and outcome. Nothing is kept for a single resource: a metric for
 * each would grow for as long as the operator runs.
 */
public final class ReconcileMetrics implements Metrics {
  private static final String NAME = "trainyard.reconcile";
  private static final String FIRST = "trainyard.first.reconcile";

  private final MeterRegistry registry;

  private final AtomicBoolean isFirst = new AtomicBoolean(true);

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
    if (isFirst.getAndSet(false)) {
      first();
    }
  }

  /** How long this process took from its start until it had reconciled for the first time. */
  private void first() {
    long millis = ManagementFactory.getRuntimeMXBean().getUptime();
    TimeGauge.builder(FIRST, () -> millis, TimeUnit.MILLISECONDS)
        .description("From the start of the process to the end of its first reconcile")
        .register(registry);
  }
}
