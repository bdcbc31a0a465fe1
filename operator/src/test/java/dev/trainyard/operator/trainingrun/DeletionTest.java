package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.history.RunHistory;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.settings.Settings;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeletionTest {
  private static final RunObservation SILENT = new RunObservation.Unknown("No answer.");

  private final Fixtures.FakeBackend backend = new Fixtures.FakeBackend();

  @Test
  void aRunStaysWhileItsTargetDoesNotSayThatItHasEnded() {
    DeleteControl control = deletedBefore(Duration.ofMinutes(9));

    assertThat(control.isRemoveFinalizer()).isFalse();
    assertThat(control.getScheduleDelay()).isPresent();
    assertThat(backend.calls).contains("cancel 1");
  }

  @Test
  void aTargetThatIsSilentDoesNotKeepARunForEver() {
    DeleteControl control = deletedBefore(Duration.ofMinutes(11));

    assertThat(control.isRemoveFinalizer()).isTrue();
    assertThat(backend.calls).contains("cancel 1");
  }

  private DeleteControl deletedBefore(Duration age) {
    RunProgress progress = Fixtures.submitted(Fixtures.run(""), backend);
    TrainingRun run = Fixtures.with(Fixtures.run(""), progress.status());
    run.getMetadata().setDeletionTimestamp(Fixtures.CLOCK.instant().minus(age).toString());
    backend.observation = SILENT;
    var images =
        new ImageStore(
            Settings.from(
                Map.of(
                    "TRAINYARD_REGISTRY_PUSH", "127.0.0.1:1",
                    "TRAINYARD_REGISTRY_INSECURE", "true",
                    "TRAINYARD_BUILDER_IMAGE", "builder:1")));
    return new Deletion(Fixtures.providers(backend), new RunHistory(images), images, Fixtures.CLOCK)
        .execute(run);
  }
}
