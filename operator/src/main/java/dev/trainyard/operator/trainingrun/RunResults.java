package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import dev.trainyard.operator.history.Collection;
import dev.trainyard.operator.history.LogReading;
import dev.trainyard.operator.history.RunHistory;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run has to show for itself, as it will be written to the status. */
final class RunResults {
  private @Nullable String startTime;
  private @Nullable String endTime;
  private @Nullable Integer exitCode;
  private @Nullable String progress;
  private @Nullable Map<String, String> metrics;
  private @Nullable String lastLog;
  private @Nullable Artifact log;
  private @Nullable Artifact outputs;

  RunResults(@Nullable TrainingRunStatus before) {
    if (before != null) {
      startTime = before.startTime();
      endTime = before.endTime();
      exitCode = before.exitCode();
      progress = before.progress();
      metrics = before.metrics();
      lastLog = before.lastLog();
      log = before.log();
      outputs = before.outputs();
    }
  }

  /** The script began; the first beginning counts. */
  void started(@Nullable String time) {
    if (startTime == null) {
      startTime = time;
    }
  }

  /** The script of an attempt ended. */
  void exited(@Nullable Integer code) {
    exitCode = code;
  }

  void endTime(String time) {
    endTime = time;
  }

  void progress(@Nullable String words) {
    progress = words;
  }

  /** What a running script said so far; it may have said more before the part that was read. */
  void said(LogReading reading) {
    reading.progress().ifPresent(this::progress);
    if (!reading.metrics().isEmpty()) {
      metrics = Map.copyOf(reading.metrics());
    }
  }

  /** What an attempt left. */
  void left(Collection.Complete complete) {
    log = complete.log();
    outputs = complete.outputs();
    if (!complete.metrics().isEmpty()) {
      metrics = complete.metrics();
    }
    if (complete.lastLines() != null) {
      lastLog = complete.lastLines();
    }
    if (complete.progress() != null) {
      progress = complete.progress();
    }
  }

  @Nullable String startTime() {
    return startTime;
  }

  @Nullable String endTime() {
    return endTime;
  }

  @Nullable Integer exitCode() {
    return exitCode;
  }

  @Nullable String progress() {
    return progress;
  }

  @Nullable Map<String, String> metrics() {
    return metrics;
  }

  @Nullable String metricsSummary() {
    return metrics == null ? null : RunHistory.summary(metrics);
  }

  @Nullable String lastLog() {
    return lastLog;
  }

  @Nullable Artifact log() {
    return log;
  }

  @Nullable Artifact outputs() {
    return outputs;
  }
}
