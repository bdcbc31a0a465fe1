package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiagnosisTest {
  @ParameterizedTest(name = "exit code {0}, {1} s, OOM {2}, booted {3}: {4}")
  @CsvSource({
    "0, 5, false, same, SUCCEEDED",
    "0, 20, false, same, SUCCEEDED",
    "1, 5, false, same, SCRIPT_FAILED",
    "255, 5, false, same, SCRIPT_FAILED",
    "255, 5, false, other, LOST",
    "3, 5, false, other, SCRIPT_FAILED",
    "137, 5, true, same, OUT_OF_MEMORY",
    "0, 5, true, same, SUCCEEDED",
    "137, 5, false, same, SCRIPT_FAILED",
    "137, 10, false, same, DEADLINE",
    "143, 12, false, same, DEADLINE",
    "1, 12, false, same, SCRIPT_FAILED",
    "999, 5, false, same, LOST",
    "-7, 5, false, same, LOST",
  })
  void whatEndedAContainer(int code, int seconds, boolean oom, String boot, Cause cause)
      throws JsonProcessingException {
    String json =
        """
        {"State": {"Status": "exited", "ExitCode": %d, "OOMKilled": %s,
          "StartedAt": "2026-01-01T00:00:00.5Z", "FinishedAt": "2026-01-01T00:00:%02d.9Z"},
         "Config": {"Labels": {"trainyard.dev/boot-id": "same", "trainyard.dev/deadline-seconds": "10"}}}
        """
            .formatted(code, oom, seconds);

    var seen = ContainerDiagnosis.of(new ObjectMapper().readTree(json), boot);

    assertThat(seen).isInstanceOf(RunObservation.Ended.class);
    assertThat(((RunObservation.Ended) seen).cause()).isEqualTo(cause);
  }

  @ParameterizedTest(name = "exit code {0}, engine started at {1}: {2}")
  @CsvSource({
    "143, 2026-01-01T00:00:20Z, LOST",
    "137, 2026-01-01T00:00:10Z, LOST",
    "143, 2026-01-01T00:02:00Z, SCRIPT_FAILED",
    "143, , SCRIPT_FAILED",
    "1, 2026-01-01T00:00:20Z, SCRIPT_FAILED",
    "0, 2026-01-01T00:00:20Z, SUCCEEDED",
  })
  void anEngineThatStartsAnewIsToBlameForTheSignalsOfThatTime(
      int code, @Nullable Instant engineStart, Cause cause) throws JsonProcessingException {
    String json =
        """
        {"State": {"Status": "exited", "ExitCode": %d,
          "StartedAt": "2026-01-01T00:00:00Z", "FinishedAt": "2026-01-01T00:00:21Z"}}
        """
            .formatted(code);

    var seen =
        ContainerDiagnosis.withEngine(
            ContainerDiagnosis.of(new ObjectMapper().readTree(json), "b"),
            Optional.ofNullable(engineStart));

    assertThat(((RunObservation.Ended) seen).cause()).isEqualTo(cause);
  }

  @Test
  void aContainerThatCouldNotBeStartedEndsTheAttemptWithTheEnginesWords()
      throws JsonProcessingException {
    String json =
        "{\"State\": {\"Status\": \"created\", \"ExitCode\": 127, \"Error\": \"exec: no python\"}}";

    var seen = ContainerDiagnosis.of(new ObjectMapper().readTree(json), "b");

    assertThat(((RunObservation.Ended) seen).message()).contains("exec: no python");
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "'exit=0|started=1000|finished=1005', SUCCEEDED",
    "'exit=1|started=1000|finished=1005', SCRIPT_FAILED",
    "'exit=124|started=1000|finished=1010', DEADLINE",
    "'exit=137|started=1000|finished=1020', DEADLINE",
    "'exit=124|started=1000|finished=1001', SCRIPT_FAILED",
    "'exit=256|started=1000|finished=1001', LOST",
    "'exit=-1|started=1000|finished=1001', LOST",
    "'exit=zero|started=1000|finished=1001', LOST",
    "'exit=|started=1000', LOST",
    "'pid=7|started=1000|boot=b', LOST",
    "'pid=7|started=1000|boot=other|alive=yes', LOST",
    "'begun=yes', LOST",
    "'begun=yes|trouble=tar: x: Cannot write: No space left on device', DISK_FULL",
    "'pid=7|started=1000|boot=b|free=12', DISK_FULL",
    "'exit=1|started=1000|finished=1005|free=0', DISK_FULL",
    "'exit=1|started=1000|finished=1005|free=900000', SCRIPT_FAILED",
    "'exit=0|started=1000|finished=1005|free=0', SUCCEEDED",
  })
  void whatEndedAProcess(String answer, Cause cause) {
    var seen =
        ProcessDiagnosis.of(
            "folder=yes\nuid=u\ndeadline=10\n" + answer.replace('|', '\n') + "\nend=yes\n",
            "u",
            "b");

    assertThat(seen).isInstanceOf(RunObservation.Ended.class);
    assertThat(((RunObservation.Ended) seen).cause()).isEqualTo(cause);
  }

  @Test
  void aLivingProcessRuns() {
    String answer = "folder=yes\nuid=u\nboot=b\npid=7\nstarted=1000\nalive=yes\nend=yes\n";

    assertThat(ProcessDiagnosis.of(answer, "u", "b"))
        .isEqualTo(new RunObservation.Running("1970-01-01T00:16:40Z"));
  }

  @Test
  void withoutAFolderTheAttemptIsGone() {
    assertThat(ProcessDiagnosis.of("folder=no\nend=yes\n", "u", "b"))
        .isEqualTo(new RunObservation.Gone());
  }

  @Test
  void anAnswerThatWasCutOffOrIsNoiseSaysNothingAboutTheAttempt() {
    assertThat(ProcessDiagnosis.of("folder=no\n", "u", "b"))
        .isInstanceOf(RunObservation.Waiting.class);
    var random = new Random(8);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = new byte[random.nextInt(100)];
      random.nextBytes(noise);
      assertThat(
              ProcessDiagnosis.of(
                  new String(noise, java.nio.charset.StandardCharsets.ISO_8859_1), "u", "b"))
          .isInstanceOf(RunObservation.Waiting.class);
    }
  }
}
