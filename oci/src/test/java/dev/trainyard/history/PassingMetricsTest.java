package dev.trainyard.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PassingMetricsTest {
  private final StringWriter series = new StringWriter();
  private final PassingMetrics metrics = new PassingMetrics(series);

  @Test
  void theSameIsFoundInPassingAsOnADisk(@TempDir Path root) throws IOException {
    Path store = root.resolve("mlruns/0/0123/metrics");
    Files.createDirectories(store.resolve("validation"));
    Files.createDirectories(root.resolve("outputs"));
    Files.writeString(store.resolve("loss"), "1 0.9 0\n2 0.4 1\n3 0.3 2");
    Files.writeString(store.resolve("validation/auc"), "1 0.71 0\n\n");
    Files.writeString(
        root.resolve("outputs/metrics.json"), "{\"loss\": 0.25, \"test\": {\"f1\": 0.5}}");

    for (String directory : List.of("mlruns", "outputs")) {
      pass(metrics.of(directory, new DirectoryEntries(root.resolve(directory))));
    }

    assertThat(metrics.newest()).isEqualTo(new MetricFiles(root).newest()).containsKey("test.f1");
    assertThat(series.toString().lines())
        .hasSize(4)
        .contains("{\"name\":\"loss\",\"value\":\"0.4\",\"milliseconds\":\"2\",\"step\":\"1\"}");
  }

  @Test
  void aLineWithoutEndIsNoMetricAndWhatIsNoJsonIsNoReasonToFail() throws IOException {
    pass(metrics.of("mlruns", one("0/1/metrics/x", "9".repeat(100_000) + " 1 2\n1 0.5 0\n")));
    pass(metrics.of("outputs", one("metrics.json", "{broken")));
    assertThat(metrics.newest()).containsOnly(java.util.Map.entry("x", "0.5"));
  }

  private static Entries one(String path, String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return visitor ->
        visitor.visit(
            new Entry.File(
                path, bytes.length, Instant.EPOCH, false, () -> new ByteArrayInputStream(bytes)));
  }

  private static void pass(Entries entries) throws IOException {
    entries.visit(entry -> {
      if (entry instanceof Entry.File file) {
        try (InputStream in = file.content().open()) {
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
    });
  }
}
