package dev.trainyard.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Condition;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditionsTest {
  private static final Clock EARLY = at("2026-01-01T00:00:00.7Z");
  private static final Clock LATE = at("2026-01-01T01:00:00Z");

  @Test
  void theTransitionTimeStaysWhileTheStatusStays() {
    List<Condition> before =
        new Conditions(List.of(), 1, EARLY)
            .set(ConditionType.READY, false, Reason.QUEUED, "waits")
            .list();
    Condition after =
        ready(
            new Conditions(before, 2, LATE)
                .set(ConditionType.READY, false, Reason.RUNNING, "runs"));
    assertThat(after.getLastTransitionTime()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(after.getReason()).isEqualTo("Running");
    assertThat(after.getObservedGeneration()).isEqualTo(2);
  }

  @Test
  void theTransitionTimeMovesWhenTheStatusChanges() {
    List<Condition> before =
        new Conditions(List.of(), 1, EARLY)
            .set(ConditionType.READY, false, Reason.QUEUED, "waits")
            .list();
    assertThat(
            ready(
                    new Conditions(before, 1, LATE)
                        .set(ConditionType.READY, true, Reason.COMPLETED, "done"))
                .getLastTransitionTime())
        .isEqualTo("2026-01-01T01:00:00Z");
  }

  @Test
  void aConditionThatIsThereOnlyWhileItHoldsIsTakenAwayAgain() {
    var conditions =
        new Conditions(List.of(), 1, EARLY)
            .only(ConditionType.STALLED, true, Reason.TARGET_TYPE_NOT_SUPPORTED, "no provider");
    assertThat(conditions.isTrue(ConditionType.STALLED)).isTrue();
    conditions.only(ConditionType.STALLED, false, Reason.READY, "fine");
    assertThat(conditions.get(ConditionType.STALLED)).isEmpty();
  }

  @Test
  void whatCannotBeKnownIsTakenAwayAndTheRestStays() {
    var conditions =
        new Conditions(List.of(), 1, EARLY)
            .set(ConditionType.ACCEPTED, true, Reason.DONE, "fits")
            .unknown(ConditionType.SUBMITTED, Reason.PENDING, "waits")
            .removeUnknown();
    assertThat(conditions.list()).extracting(Condition::getType).containsExactly("Accepted");
  }

  @Test
  void observingANewGenerationChangesNothingElse() {
    List<Condition> before =
        new Conditions(List.of(), 1, EARLY)
            .set(ConditionType.READY, true, Reason.COMPLETED, "done")
            .list();
    Condition after = ready(new Conditions(before, 5, LATE).observed());
    assertThat(after.getObservedGeneration()).isEqualTo(5);
    assertThat(after)
        .usingRecursiveComparison()
        .ignoringFields("observedGeneration")
        .isEqualTo(before.getFirst());
  }

  @Test
  void aMessageIsAtMostAsLongAsTheSchemaAllows() {
    var conditions =
        new Conditions(List.of(), 1, EARLY)
            .set(ConditionType.READY, false, Reason.QUEUED, "x".repeat(5_000));
    assertThat(ready(conditions).getMessage()).hasSize(4_096).endsWith("…");
  }

  @Test
  void everyReasonIsAWordOfItsOwn() {
    assertThat(Reason.values()).extracting(Reason::toString).doesNotHaveDuplicates();
    assertThat(Reason.values())
        .allSatisfy(reason -> assertThat(reason.toString()).matches("[A-Z][A-Za-z]+"));
  }

  private static Condition ready(Conditions conditions) {
    return conditions.get(ConditionType.READY).orElseThrow();
  }

  private static Clock at(String time) {
    return Clock.fixed(Instant.parse(time), ZoneOffset.UTC);
  }
}
