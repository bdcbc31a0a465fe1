package dev.trainyard.operator.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventsTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

  private final List<Event> written = new ArrayList<>();
  private final Events events = new Events(written::add, CLOCK);

  @Test
  void theSameTransitionSeenTwiceIsOneEvent() {
    events.publish(run("uid-1"), true, Reason.SCRIPT_FAILED, "exit code 1");
    events.publish(run("uid-1"), true, Reason.SCRIPT_FAILED, "exit code 1");
    assertThat(written)
        .extracting(event -> event.getMetadata().getName())
        .hasSize(2)
        .containsOnly(written.getFirst().getMetadata().getName());
  }

  @Test
  void anotherRunOrAnotherMessageIsAnotherEvent() {
    events.publish(run("uid-1"), false, Reason.RUNNING, "The script runs.");
    events.publish(run("uid-2"), false, Reason.RUNNING, "The script runs.");
    events.publish(run("uid-1"), false, Reason.RUNNING, "The script runs, in attempt 2.");
    assertThat(written)
        .extracting(event -> event.getMetadata().getName())
        .doesNotHaveDuplicates()
        .allSatisfy(name -> assertThat(name).hasSizeLessThan(254));
  }

  @Test
  void anEventSaysWhomItIsAboutAndWhetherToLook() {
    events.publish(run("uid-1"), true, Reason.OUT_OF_MEMORY, "too much");
    Event event = written.getFirst();
    assertThat(event.getType()).isEqualTo("Warning");
    assertThat(event.getReason()).isEqualTo("OutOfMemory");
    assertThat(event.getInvolvedObject().getKind()).isEqualTo("TrainingRun");
    assertThat(event.getInvolvedObject().getUid()).isEqualTo("uid-1");
    assertThat(event.getFirstTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
  }

  @Test
  void anEventThatCannotBeWrittenChangesNothing() {
    var deaf =
        new Events(
            event -> {
              throw new KubernetesClientException("no answer");
            },
            CLOCK);
    assertThatCode(() -> deaf.publish(run("uid-1"), false, Reason.RUNNING, "The script runs."))
        .doesNotThrowAnyException();
  }

  private static TrainingRun run(String uid) {
    var run = new TrainingRun();
    run.setMetadata(
        new ObjectMetaBuilder()
            .withName("r".repeat(253))
            .withNamespace("default")
            .withUid(uid)
            .withGeneration(1L)
            .build());
    return run;
  }
}
