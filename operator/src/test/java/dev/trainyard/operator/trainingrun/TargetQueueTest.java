package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.operator.trainingrun.TargetQueue.Later;
import dev.trainyard.operator.trainingrun.TargetQueue.Now;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TargetQueueTest {
  private static final String TARGET = "gpu";

  private final Map<String, TrainingRun> cluster = new LinkedHashMap<>();
  private final TargetQueue queue = new TargetQueue();
  private EventSource<?, TrainingRun> wakeUps;

  @BeforeEach
  void seeTheCluster() {
    wakeUps =
        queue.start(namespace ->
            cluster.values().stream()
                .filter(run -> run.getMetadata().getNamespace().equals(namespace)));
  }

  @Test
  void asManyAsTheTargetTakesGoOnAndTheOthersKnowTheirPlace() {
    assertThat(ask(arrives("a", 1, 0))).isEqualTo(new Now());
    assertThat(ask(arrives("b", 2, 0))).isEqualTo(new Later(1, 1));
    waits("b");
    assertThat(ask(arrives("c", 3, 0))).isEqualTo(new Later(2, 2));
  }

  @Test
  void aRunThatWasLetThroughKeepsItsPlaceBeforeItsStatusIsSeen() {
    assertThat(ask(arrives("a", 1, 0))).isEqualTo(new Now());
    assertThat(ask(known("a"))).isEqualTo(new Now());
    assertThat(ask(arrives("b", 2, 0))).isInstanceOf(Later.class);
  }

  @Test
  void aRunThatHasNoStatusYetKeepsThePlaceThatItWasGiven() {
    assertThat(ask(isNew("a", 1))).isEqualTo(new Now());
    assertThat(ask(isNew("b", 2))).isInstanceOf(Later.class);
    assertThat(ask(known("a"))).isEqualTo(new Now());
  }

  @Test
  void aRunThatWasDeletedBeforeItHadAStatusHoldsNoPlace() {
    TrainingRun deleted = isNew("a", 1);
    ask(deleted);
    queue.leave(deleted);
    assertThat(ask(isNew("b", 2))).isEqualTo(new Now());
  }

  @Test
  void aRunThatWentToAnotherTargetInTheEndHoldsNoPlaceOnThisOne() {
    TrainingRun moved = arrives("a", 1, 0);
    queue.ask(moved, "other", 0, 1);
    status(
        moved, RunPhase.RUNNING, List.of(Attempt.planned(1, "job", "2026-01-01T00:00:00Z")), false);
    assertThat(queue.ask(isNew("b", 2), "other", 0, 1)).isEqualTo(new Now());
  }

  @Test
  void aRunThatWasToldToWaitIsWokenAlsoBeforeItsStatusSaysSo() {
    List<String> woken = new ArrayList<>();
    wakeUps.setEventHandler(event -> woken.add(event.getRelatedCustomResourceID().getName()));
    wakeUps.start();
    TrainingRun first = isNew("a", 1);
    ask(first);
    ask(isNew("b", 2));
    queue.leave(first);
    assertThat(woken).containsExactly("b");
  }

  @Test
  void whatLeftStaysAwayWhateverIsAskedInAnotherNamespace() {
    TrainingRun first = arrives("a", 1, 0);
    status(
        first, RunPhase.RUNNING, List.of(Attempt.planned(1, "job", "2026-01-01T00:00:00Z")), false);
    queue.leave(first);
    TrainingRun elsewhere = new TrainingRun();
    elsewhere.setMetadata(
        new ObjectMetaBuilder(first.getMetadata()).withNamespace("other").withUid("else").build());
    queue.ask(elsewhere, TARGET, 0, 1);
    assertThat(ask(arrives("b", 2, 0))).isEqualTo(new Now());
  }

  @Test
  void afterARestartTheStatusesSayWhoIsOnTheTarget() {
    TrainingRun running = arrives("a", 1, 0);
    status(
        running,
        RunPhase.RUNNING,
        List.of(Attempt.planned(1, "job", "2026-01-01T00:00:00Z")),
        false);
    assertThat(ask(arrives("b", 2, 0))).isEqualTo(new Later(1, 1));
  }

  @Test
  void priorityComesBeforeArrivalAndArrivalBeforeTheName() {
    ask(arrives("on-it", 1, 0));
    arrives("early", 2, 0);
    waits("early");
    arrives("urgent", 9, 5);
    waits("urgent");
    assertThat(ask(known("early"))).isEqualTo(new Later(2, 2));
    assertThat(ask(known("urgent"))).isEqualTo(new Later(1, 2));
    assertThat(ask(arrives("late", 3, 0))).isEqualTo(new Later(3, 3));
  }

  @Test
  void whoLeavesMakesRoomForTheNextAndNobodyOvertakesIt() {
    TrainingRun first = arrives("a", 1, 0);
    ask(first);
    arrives("b", 2, 0);
    waits("b");
    queue.leave(first);
    assertThat(ask(arrives("newcomer", 3, 0))).isEqualTo(new Later(2, 2));
    assertThat(ask(known("b"))).isEqualTo(new Now());
  }

  @Test
  void aTurnThatCouldNotBeUsedGoesToTheNext() {
    TrainingRun first = arrives("a", 1, 0);
    ask(first);
    queue.giveBack(first);
    assertThat(ask(arrives("b", 2, 0))).isEqualTo(new Now());
  }

  private TargetQueue.Turn ask(TrainingRun run) {
    return queue.ask(run, TARGET, run.getStatus() == null ? 0 : priority(run), 1);
  }

  /** It was applied a moment ago. */
  private TrainingRun isNew(String name, int second) {
    TrainingRun run = arrives(name, second, 0);
    run.setStatus(null);
    return run;
  }

  private TrainingRun arrives(String name, int second, int priority) {
    var run = new TrainingRun();
    run.setMetadata(
        new ObjectMetaBuilder()
            .withName(name)
            .withNamespace("team")
            .withUid("uid-" + name)
            .withCreationTimestamp("2026-01-01T00:00:0" + second + "Z")
            .build());
    run.setStatus(new RunStatus(RunPhase.PREPARING, priority, null, false).status());
    cluster.put(name, run);
    return run;
  }

  private static int priority(TrainingRun run) {
    return Objects.requireNonNull(run.getStatus().priority());
  }

  private TrainingRun known(String name) {
    return Objects.requireNonNull(cluster.get(name));
  }

  private void waits(String name) {
    status(known(name), RunPhase.QUEUED, null, true);
  }

  private static void status(
      TrainingRun run, RunPhase phase, @Nullable List<Attempt> attempts, boolean waiting) {
    run.setStatus(new RunStatus(phase, priority(run), attempts, waiting).status());
  }

  private record RunStatus(
      RunPhase phase, int priority, @Nullable List<Attempt> attempts, boolean waiting) {
    TrainingRunStatus status() {
      var condition =
          new ConditionBuilder()
              .withType(ConditionType.TARGET_READY.toString())
              .withStatus("False")
              .withReason((waiting ? Reason.WAITING_FOR_TURN : Reason.PENDING).toString())
              .build();
      return new TrainingRunStatus(
          1L,
          phase,
          List.of(condition),
          TARGET,
          null,
          null,
          null,
          null,
          null,
          attempts,
          null,
          null,
          null,
          null,
          priority,
          null,
          null,
          null,
          null,
          null,
          null);
    }
  }
}
