package dev.trainyard.operator.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {

  @Test
  void theScriptsArgumentsAndExitCodePassThroughUntouched() throws Exception {
    Process process =
        supervised("/bin/sh", "-c", "printf '%s|' \"$@\"; exit 7", "s", "a b", "$(id)", "");
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(7);
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo("a b|$(id)||");
  }

  @Test
  void aScriptThatDoesNotKnowOfSigtermEndsByIt() throws Exception {
    Process process = supervised("sleep", "600");
    await().atMost(Duration.ofSeconds(10)).until(() -> process.children().findAny().isPresent());
    process.toHandle().destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(128 + 15);
  }

  @Test
  void aScriptThatHandlesSigtermSavesItsCheckpointAndItsExitCodeCounts(@TempDir Path directory)
      throws Exception {
    Path ready = directory.resolve("ready");
    Path checkpoint = directory.resolve("checkpoint");
    Process process =
        supervised(
            "/bin/sh",
            "-c",
            "trap 'echo saved > \"$2\"; exit 3' TERM; : > \"$1\"; while :; do sleep 0.05; done",
            "script",
            ready.toString(),
            checkpoint.toString());
    await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(ready));
    process.toHandle().destroy();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(3);
    assertThat(checkpoint).hasContent("saved");
  }

  @Test
  void aScriptThatDoesNotExistEndsWith127() throws Exception {
    Process process = supervised("/no/such/interpreter", "train.py");
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(127);
  }

  private static Process supervised(String... command) throws IOException {
    var words = new ArrayList<>(List.of("/bin/sh", "-c", Supervisor.SCRIPT, "train"));
    words.addAll(List.of(command));
    return new ProcessBuilder(words).start();
  }
}
