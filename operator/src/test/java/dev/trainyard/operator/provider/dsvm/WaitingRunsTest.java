package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import org.junit.jupiter.api.Test;

class WaitingRunsTest {
  private static final ResourceID TARGET = new ResourceID("machine", "team");
  private static final ResourceID ONE = new ResourceID("one", "team");
  private static final ResourceID TWO = new ResourceID("two", "team");

  private final WaitingRuns waiting = new WaitingRuns();

  @Test
  void thoseThatWaitForATargetAreTakenOnce() {
    waiting.add(TARGET, ONE);
    waiting.add(TARGET, TWO);
    waiting.add(new ResourceID("other", "team"), TWO);

    assertThat(waiting.take(TARGET)).containsExactlyInAnyOrder(ONE, TWO);
    assertThat(waiting.take(TARGET)).isEmpty();
  }

  @Test
  void oneThatIsNotKeptBackAnyMoreIsNotTaken() {
    waiting.add(TARGET, ONE);
    waiting.add(TARGET, TWO);
    waiting.remove(TARGET, ONE);

    assertThat(waiting.take(TARGET)).containsExactly(TWO);
  }
}
