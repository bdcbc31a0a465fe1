package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.operator.history.RunHistory;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.metrics.RunMetrics;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Events;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.Event;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

class TrainingRunReconcilerTest {
  private static final StepResult INTENT =
      new StepResult.Waiting(RunPhase.QUEUED, Reason.SUBMITTING, "Attempt 1.", Duration.ZERO);

  private final List<Event> events = new ArrayList<>();
  private final List<TrainingRun> deleted = new ArrayList<>();
  private final List<String> executed = new ArrayList<>();
  private final Deque<StepResult> snapshot = new ArrayDeque<>();
  private final Deque<StepResult> end = new ArrayDeque<>();

  @Test
  void stepsRunInOrderUntilOneWaitsAndLaterOnesAreUnknown() {
    snapshot.add(
        StepResult.held(RunPhase.PREPARING, Reason.CONFIG_MAP_NOT_FOUND, "There is none."));
    UpdateControl<TrainingRun> control = reconcile(Fixtures.run(""));
    assertThat(executed).containsExactly("Accepted", "SnapshotReady");
    assertThat(conditions(control))
        .containsExactlyInAnyOrder(
            tuple("Accepted", "True", "Done"),
            tuple("SnapshotReady", "False", "ConfigMapNotFound"),
            tuple("Ready", "False", "ConfigMapNotFound"),
            tuple("Reconciling", "True", "ConfigMapNotFound"),
            tuple("Finished", "Unknown", "Pending"));
    assertThat(control.getScheduleDelay()).hasValue(Duration.ofSeconds(15).toMillis());
    assertThat(events).extracting(Event::getReason).containsExactly("ConfigMapNotFound");
  }

  @Test
  void aReconcileThatFindsNothingNewWritesNothing() {
    StepResult held = StepResult.held(RunPhase.PREPARING, Reason.CONFIG_MAP_NOT_FOUND, "None.");
    snapshot.add(held);
    snapshot.add(held);
    TrainingRun run = Fixtures.run("");
    TrainingRun again = Fixtures.with(run, status(reconcile(run)));
    UpdateControl<TrainingRun> control = reconcile(again);
    assertThat(control.isNoUpdate()).isTrue();
    assertThat(control.getScheduleDelay()).isPresent();
    assertThat(events).hasSize(1);
  }

  @Test
  void whatIsToldInAMomentIsNotWrittenBefore() {
    snapshot.add(new StepResult.Done("sent"));
    end.add(new StepResult.Unseen(Duration.ofSeconds(5)));
    UpdateControl<TrainingRun> control = reconcile(Fixtures.run(""));
    assertThat(control.isNoUpdate()).isTrue();
    assertThat(control.getScheduleDelay()).hasValue(Duration.ofSeconds(5).toMillis());
    assertThat(events).isEmpty();
  }

  @Test
  void anAttemptIsHandedOverInTheReconcileThatWroteItsIntent() {
    snapshot.addAll(List.of(new StepResult.Done("sent"), new StepResult.Done("sent")));
    end.addAll(List.of(INTENT, new StepResult.Unseen(Duration.ofSeconds(5))));
    var written = new ArrayList<TrainingRun>();
    UpdateControl<TrainingRun> control = reconcile(Fixtures.run(""), keptIn(written));
    assertThat(written).hasSize(1);
    assertThat(written.getFirst().getStatus().phase()).isEqualTo(RunPhase.QUEUED);
    assertThat(executed).endsWith("Finished", "Accepted", "SnapshotReady", "Finished");
    assertThat(control.isNoUpdate()).isTrue();
    assertThat(control.getScheduleDelay()).hasValue(Duration.ofSeconds(5).toMillis());
  }

  @Test
  void aReconcileGoesOnFromWhatItWroteOnlyOnce() {
    snapshot.addAll(List.of(new StepResult.Done("sent"), new StepResult.Done("sent again")));
    end.addAll(List.of(INTENT, INTENT));
    var written = new ArrayList<TrainingRun>();
    UpdateControl<TrainingRun> control = reconcile(Fixtures.run(""), keptIn(written));
    assertThat(written).hasSize(1);
    assertThat(control.isPatchStatus()).isTrue();
    assertThat(control.getScheduleDelay()).hasValue(0L);
  }

  @Test
  void whatDoesNotGoOnAtOnceIsWrittenAtTheEnd() {
    snapshot.add(StepResult.held(RunPhase.PREPARING, Reason.CONFIG_MAP_NOT_FOUND, "None."));
    var written = new ArrayList<TrainingRun>();
    assertThat(reconcile(Fixtures.run(""), keptIn(written)).isPatchStatus()).isTrue();
    assertThat(written).isEmpty();
  }

  private static UnaryOperator<TrainingRun> keptIn(List<TrainingRun> written) {
    return patch -> {
      written.add(patch);
      return Fixtures.with(Fixtures.run(""), Objects.requireNonNull(patch.getStatus()));
    };
  }

  @Test
  void noEventTellsThatAnAttemptIsBeingHandedOver() {
    snapshot.add(new StepResult.Done("sent"));
    end.add(
        new StepResult.Waiting(
            RunPhase.QUEUED, Reason.SUBMITTING, "Attempt 1.", Duration.ofSeconds(1)));
    assertThat(conditions(reconcile(Fixtures.run(""))))
        .contains(tuple("Ready", "False", "Submitting"));
    assertThat(events).isEmpty();
  }

  @Test
  void aRunThatCompletedIsReadyAndNoLongerReconciling() {
    snapshot.add(new StepResult.Done("sent"));
    end.add(new StepResult.Over(RunPhase.COMPLETED, Reason.COMPLETED, "Exit code 0."));
    UpdateControl<TrainingRun> control = reconcile(Fixtures.run(""));
    assertThat(conditions(control))
        .contains(tuple("Ready", "True", "Completed"), tuple("Finished", "True", "Completed"))
        .noneMatch(condition -> condition.toList().contains("Reconciling"))
        .noneMatch(condition -> condition.toList().contains("Stalled"));
    assertThat(status(control).endTime()).isEqualTo("2026-01-01T12:00:00Z");
  }

  @Test
  void aRunThatFailedEarlyIsStalledAndLeavesNoStepUnknown() {
    snapshot.add(StepResult.failed(Reason.SOURCE_INVALID, "Cannot be read."));
    assertThat(conditions(reconcile(Fixtures.run(""))))
        .containsExactlyInAnyOrder(
            tuple("Accepted", "True", "Done"),
            tuple("SnapshotReady", "False", "SourceInvalid"),
            tuple("Finished", "True", "SourceInvalid"),
            tuple("Ready", "False", "SourceInvalid"),
            tuple("Stalled", "True", "SourceInvalid"));
  }

  @Test
  void aFinishedRunExecutesNoStepAgain() {
    TrainingRun finished = finished("");
    executed.clear();
    UpdateControl<TrainingRun> control = reconcile(finished);
    assertThat(executed).isEmpty();
    assertThat(control.isNoUpdate()).isTrue();
    assertThat(control.getScheduleDelay()).isEmpty();
  }

  @Test
  void aFinishedRunObservesAnEditAndKeepsAllElse() {
    TrainingRun finished = finished("");
    finished.getMetadata().setGeneration(2L);
    executed.clear();
    TrainingRunStatus status = status(reconcile(finished));
    assertThat(executed).isEmpty();
    assertThat(status.observedGeneration()).isEqualTo(2);
    assertThat(status.conditions())
        .allSatisfy(condition -> assertThat(condition.getObservedGeneration()).isEqualTo(2));
    assertThat(status)
        .usingRecursiveComparison()
        .ignoringFieldsMatchingRegexes(".*observedGeneration")
        .isEqualTo(finished.getStatus());
  }

  @Test
  void aFinishedRunIsDeletedWhenItsTimeIsOver() {
    reconcile(finished("ttlSecondsAfterFinished: 0"));
    assertThat(deleted).hasSize(1);
  }

  @Test
  void aFinishedRunIsLookedAtAgainWhenItsTimeWillBeOver() {
    UpdateControl<TrainingRun> control = reconcile(finished("ttlSecondsAfterFinished: 90"));
    assertThat(deleted).isEmpty();
    assertThat(control.getScheduleDelay()).hasValue(90_000L);
  }

  private TrainingRun finished(String spec) {
    snapshot.add(new StepResult.Done("sent"));
    end.add(new StepResult.Over(RunPhase.COMPLETED, Reason.COMPLETED, "Exit code 0."));
    TrainingRun run = Fixtures.run(spec);
    return Fixtures.with(run, status(reconcile(run)));
  }

  private UpdateControl<TrainingRun> reconcile(TrainingRun run) {
    return reconciler().reconcile(run);
  }

  private UpdateControl<TrainingRun> reconcile(TrainingRun run, UnaryOperator<TrainingRun> write) {
    return reconciler().reconcile(run, write);
  }

  private TrainingRunReconciler reconciler() {
    List<RunStep> steps =
        List.of(
            step(
                ConditionType.ACCEPTED,
                new ArrayDeque<>(
                    List.of(new StepResult.Done("fits"), new StepResult.Done("fits")))),
            step(ConditionType.SNAPSHOT_READY, snapshot),
            step(ConditionType.FINISHED, end));
    var images =
        new ImageStore(
            Settings.from(
                Map.of(
                    "TRAINYARD_REGISTRY_PUSH", "registry:5000",
                    "TRAINYARD_BUILDER_IMAGE", "builder:1")));
    return new TrainingRunReconciler(
        steps,
        new Retention(deleted::add, Fixtures.CLOCK),
        new Deletion(
            Fixtures.providers(new Fixtures.FakeBackend()),
            new RunHistory(images),
            images,
            Fixtures.CLOCK),
        new TargetQueue(),
        new References(runs -> new SimpleInboundEventSource<>("sources")),
        new WorkloadCache(),
        new Providers(Map.of()),
        new Events(events::add, Fixtures.CLOCK),
        new RunMetrics(new SimpleMeterRegistry()),
        Fixtures.CLOCK);
  }

  private RunStep step(ConditionType condition, Deque<StepResult> results) {
    return new RunStep() {
      @Override
      public ConditionType condition() {
        return condition;
      }

      @Override
      public StepResult execute(RunProgress progress) {
        executed.add(condition.toString());
        return results.remove();
      }
    };
  }

  private static TrainingRunStatus status(UpdateControl<TrainingRun> control) {
    return Optional.ofNullable(control.getResource().orElseThrow().getStatus()).orElseThrow();
  }

  private static List<Tuple> conditions(UpdateControl<TrainingRun> control) {
    return status(control).conditions().stream()
        .map(condition -> tuple(condition.getType(), condition.getStatus(), condition.getReason()))
        .toList();
  }
}
