package dev.trainyard.operator.environment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerfileLogTest {

  @Test
  void theLastStepThatBeganIsWhatIsDone() {
    assertThat(
            DockerfileLog.activity(
                List.of(
                    "#5 [1/3] FROM docker.io/library/debian:12",
                    "#6 [tools 2/3] RUN apt-get install -y graphviz",
                    "#6 1.204 Reading package lists...")))
        .contains("step 2 of 3, RUN apt-get install -y graphviz");
    assertThat(DockerfileLog.activity(List.of("#8 exporting to image", "#8 pushing layers 0.4s")))
        .contains("pushing layers");
    assertThat(
            DockerfileLog.activity(
                List.of(
                    "#4 [context python:3.11-slim] a", "#4 sha256:be3a 54.53MB / 243.76MB 2.7s")))
        .contains("pulling 54.53 of 243.76 MB of a layer after FROM");
    assertThat(DockerfileLog.activity(List.of("#1 [internal] load build definition"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ERROR: process \"/bin/sh -c false\" did not complete successfully: exit code: 1",
        "error: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN",
        "failed to calculate checksum of ref: \"/fonts\": not found"
      })
  void aDockerfileThatFailsAgainIsToBlame(String said) {
    assertThat(DockerfileLog.isToBlame(said)).isTrue();
  }

  @Test
  void aRegistryThatDoesNotAnswerIsNotTheDockerfilesFault() {
    assertThat(
            DockerfileLog.isToBlame(
                "failed to push registry:5000/a: dial tcp 10.0.0.1:5000: connect: connection refused"))
        .isFalse();
  }
}
