package dev.trainyard.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricFilesTest {
  @TempDir private Path root = Path.of("");

  @BeforeEach
  void mlflowRun() throws IOException {
    Path metrics = root.resolve("mlruns/0/0123456789abcdef/metrics");
    Files.createDirectories(metrics.resolve("validation"));
    Files.writeString(
        metrics.resolve("loss"), "1541000000000 0.9 0\n1541000001000 0.4 1\n1541000002000 0.3 2\n");
    Files.writeString(metrics.resolve("validation/auc"), "1541000000000 0.71 0\n");
  }

  @Test
  void theNewestValueOfEachMlflowMetricIsFoundAlsoUnderANameWithASlash() throws IOException {
    assertThat(new MetricFiles(root).newest())
        .containsEntry("loss", "0.3")
        .containsEntry("validation/auc", "0.71");
  }

  @Test
  void metricsJsonCountsMoreThanMlflowAndNestedNamesAreJoined() throws IOException {
    Files.createDirectories(root.resolve("outputs"));
    Files.writeString(
        root.resolve("outputs/metrics.json"), "{\"loss\": 0.25, \"test\": {\"auc\": 0.8}}");
    assertThat(new MetricFiles(root).newest())
        .containsEntry("loss", "0.25")
        .containsEntry("test.auc", "0.8");
  }

  @Test
  void aMetricsFileThatIsNoJsonIsNoReasonToFail() throws IOException {
    Files.createDirectories(root.resolve("outputs"));
    Files.writeString(root.resolve("outputs/metrics.json"), "{broken");
    assertThat(new MetricFiles(root).newest()).containsOnlyKeys("loss", "validation/auc");
  }

  @Test
  void theSeriesHasEveryValueWithItsStep() throws IOException {
    var out = new ByteArrayOutputStream();
    new MetricFiles(root).writeSeries(out);
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .hasSize(4)
        .contains(
            "{\"name\":\"loss\",\"value\":\"0.4\",\"milliseconds\":\"1541000001000\",\"step\":\"1\"}");
  }
}
