package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.metrics.RunMetrics;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Conditions;
import dev.trainyard.operator.status.Events;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.api.reconciler.Cleaner;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Takes a run through its steps, in order, until one has to wait: cancel if asked to, accept,
 * snapshot, environment, target, submit, observe, finalize, conclude. The status is written once,
 * at the end; when that was an attempt's intent, the steps go on from there. A run in a terminal
 * phase is never touched again, whatever happens to what it was made of.
 */
@ControllerConfiguration(name = "trainingrun", finalizerName = TrainyardApi.FINALIZER)
public final class TrainingRunReconciler implements Reconciler<TrainingRun>, Cleaner<TrainingRun> {
  private static final Duration AT_ONCE = Duration.ofMillis(100);

  private final List<RunStep> steps;
  private final Retention retention;
  private final Deletion deletion;
  private final TargetQueue queue;
  private final References references;
  private final WorkloadCache workloads;
  private final Providers providers;
  private final Events events;
  private final RunMetrics metrics;
  private final Clock clock;

  TrainingRunReconciler(
      List<RunStep> steps,
      Retention retention,
      Deletion deletion,
      TargetQueue queue,
      References references,
      WorkloadCache workloads,
      Providers providers,
      Events events,
      RunMetrics metrics,
      Clock clock) {
    this.steps = List.copyOf(steps);
    this.retention = retention;
    this.deletion = deletion;
    this.queue = queue;
    this.references = references;
    this.workloads = workloads;
    this.providers = providers;
    this.events = events;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public List<EventSource<?, TrainingRun>> prepareEventSources(
      EventSourceContext<TrainingRun> context) {
    metrics.countRuns(() -> context.getPrimaryCache().list());
    var sources = new ArrayList<EventSource<?, TrainingRun>>();
    Function<String, Stream<TrainingRun>> runs =
        namespace -> context.getPrimaryCache().list(namespace);
    deletion.start(runs);
    sources.add(queue.start(runs));
    sources.addAll(references.eventSources(context));
    sources.addAll(workloads.eventSources(context));
    sources.addAll(providers.runEventSources(context));
    return sources;
  }

  @Override
  public UpdateControl<TrainingRun> reconcile(TrainingRun run, Context<TrainingRun> context) {
    return reconcile(run, patch -> RunStatus.write(run, patch, context));
  }

  /**
   * Goes on at once from a status that was written only for what comes after it. In a reconcile of
   * its own that might begin before the watch tells of the status: the steps would do all again,
   * and the API server refuse what they come to.
   *
   * @param write writes a status and gives the run back as it is then
   */
  UpdateControl<TrainingRun> reconcile(TrainingRun run, UnaryOperator<TrainingRun> write) {
    UpdateControl<TrainingRun> control = reconcile(run);
    return isPassing(control)
        ? reconcile(write.apply(control.getResource().orElseThrow()))
        : control;
  }

  UpdateControl<TrainingRun> reconcile(TrainingRun run) {
    if (Finished.is(run)) {
      queue.leave(run);
      return finished(run);
    }
    var progress = new RunProgress(run, clock);
    Next next = advance(progress);
    TrainingRunStatus status = progress.status();
    if (!next.isSeen() || status.equals(run.getStatus())) {
      return UpdateControl.<TrainingRun>noUpdate().rescheduleAfter(next.again());
    }
    publishTransition(run, progress);
    return UpdateControl.patchStatus(patch(run, status)).rescheduleAfter(next.again());
  }

  /** Whether the status is to be written only for what is done as soon as it is. */
  private static boolean isPassing(UpdateControl<TrainingRun> control) {
    return control.isPatchStatus() && control.getScheduleDelay().filter(d -> d == 0).isPresent();
  }

  /** A finished run only tells that it saw an edit, and goes when its time is over. */
  private UpdateControl<TrainingRun> finished(TrainingRun run) {
    Optional<Duration> left = retention.apply(run);
    UpdateControl<TrainingRun> control =
        Finished.isObserved(run)
            ? UpdateControl.noUpdate()
            : UpdateControl.patchStatus(patch(run, new RunProgress(run, clock).observed()));
    left.ifPresent(control::rescheduleAfter);
    return control;
  }

  @Override
  public DeleteControl cleanup(TrainingRun run, Context<TrainingRun> context) {
    DeleteControl control = deletion.execute(run);
    if (control.isRemoveFinalizer()) {
      queue.leave(run);
    }
    return control;
  }

  /**
   * What follows when the steps could go no further.
   *
   * @param isSeen whether the status says what they found
   * @param again when to look again if nothing wakes the run before
   */
  private record Next(boolean isSeen, Duration again) {}

  /** Executes the steps until one is not done. */
  private Next advance(RunProgress progress) {
    for (int i = 0; i < steps.size(); i++) {
      RunStep step = steps.get(i);
      switch (step.execute(progress)) {
        case StepResult.Done done -> {
          if (step.condition() != ConditionType.FINISHED) {
            progress.conditions().set(step.condition(), true, Reason.DONE, done.message());
          }
        }
        case StepResult.Incomplete incomplete ->
            progress
                .conditions()
                .set(step.condition(), false, incomplete.reason(), incomplete.message());
        case StepResult.Waiting waiting -> {
          held(progress, step.condition(), waiting);
          pending(progress, steps.subList(i + 1, steps.size()));
          return new Next(true, waiting.again());
        }
        case StepResult.Unseen unseen -> {
          return new Next(false, unseen.again());
        }
        case StepResult.Over over -> {
          over(progress, step.condition(), over);
          // The next look wakes those that wait for this run's place.
          return new Next(true, AT_ONCE);
        }
      }
    }
    throw new IllegalStateException("the last step never ends with Done");
  }

  private static void held(
      RunProgress progress, ConditionType condition, StepResult.Waiting waiting) {
    progress.phase(waiting.phase());
    progress
        .conditions()
        .set(condition, false, waiting.reason(), waiting.message())
        .set(ConditionType.READY, false, waiting.reason(), waiting.message())
        .set(ConditionType.RECONCILING, true, waiting.reason(), waiting.message());
  }

  /** Steps that come after the one that waits, and were not done before, are unknown. */
  private static void pending(RunProgress progress, List<RunStep> later) {
    for (RunStep step : later) {
      if (progress.conditions().get(step.condition()).isEmpty()) {
        progress
            .conditions()
            .unknown(step.condition(), Reason.PENDING, "Waits for the steps before it.");
      }
    }
  }

  private static void over(RunProgress progress, ConditionType condition, StepResult.Over over) {
    boolean completed = over.phase() == RunPhase.COMPLETED;
    Conditions conditions = progress.conditions().removeUnknown();
    progress.phase(over.phase());
    progress.results().endTime(progress.now());
    if (condition != ConditionType.FINISHED) {
      conditions.set(condition, false, over.reason(), over.message());
    }
    conditions
        .set(ConditionType.FINISHED, true, over.reason(), over.message())
        .set(ConditionType.READY, completed, over.reason(), over.message())
        .remove(ConditionType.RECONCILING);
    if (!completed) {
      conditions.set(ConditionType.STALLED, true, over.reason(), over.message());
    }
  }

  /** An event each time the run's reason changes; a warning where a person should look. */
  private void publishTransition(TrainingRun run, RunProgress progress) {
    Condition now = progress.conditions().get(ConditionType.READY).orElseThrow();
    Optional<String> before =
        Optional.ofNullable(run.getStatus()).stream()
            .flatMap(status -> status.conditions().stream())
            .filter(condition -> condition.getType().equals(ConditionType.READY.toString()))
            .map(Condition::getReason)
            .findFirst();
    // Over within a moment, and told by what follows.
    boolean passing = now.getReason().equals(Reason.SUBMITTING.toString());
    if (!passing && !Objects.equals(before.orElse(""), now.getReason())) {
      for (Reason reason : Reason.values()) {
        if (reason.toString().equals(now.getReason())) {
          events.publish(
              run,
              Integer.toString(progress.attemptCount()),
              Severity.isWarning(reason),
              reason,
              now.getMessage());
          if (progress.phase().isTerminal()) {
            metrics.finished(run, progress.status(), reason.toString());
          }
        }
      }
    }
  }

  /** Name, namespace and status only; the resource version keeps a stale view from winning. */
  private static TrainingRun patch(TrainingRun run, TrainingRunStatus status) {
    var patch = new TrainingRun();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(run.getMetadata().getName())
            .withNamespace(run.getMetadata().getNamespace())
            .withResourceVersion(run.getMetadata().getResourceVersion())
            .build());
    patch.setStatus(status);
    return patch;
  }
}
