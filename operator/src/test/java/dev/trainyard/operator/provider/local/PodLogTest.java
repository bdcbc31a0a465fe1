package dev.trainyard.operator.provider.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodLogTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "unable to retrieve container logs for containerd://e4c6f62d594e3eb243cc05d33d383cdeb",
        "failed to try resolving symlinks in path \"/var/log/pods/a/b/0.log\": no such file"
      })
  void whatTheKubeletSaysInTheLogsPlaceIsNoLog(String answer) throws IOException {
    assertThat(PodLog.unlessExcuse(new ByteArrayInputStream(answer.getBytes(UTF_8)))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ok\n",
        "attempt 1\nunable to retrieve container logs for containerd://e4c6\n",
        "unable to retrieve the data set, which is a longer line than any excuse of a kubelet\n"
      })
  void whatAScriptPrintedIsThereToItsLastByte(String printed) throws IOException {
    assertThat(PodLog.unlessExcuse(new ByteArrayInputStream(printed.getBytes(UTF_8))))
        .hasValueSatisfying(log -> assertThat(log).hasBinaryContent(printed.getBytes(UTF_8)));
  }
}
