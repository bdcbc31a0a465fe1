package dev.trainyard.operator.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogReadingTest {

  @Test
  void theNewestValueOfAMetricCountsAndTheSeriesHasThemAll() {
    var series = new ArrayList<String>();
    var reading = new LogReading((name, value) -> series.add(name + "=" + value));
    List.of(
            "Attempted to log scalar metric mse:",
            "3400.1",
            "something else",
            "Attempted to log scalar metric mse:",
            "3295.7")
        .forEach(reading::line);
    assertThat(reading.metrics()).containsExactly(Map.entry("mse", "3295.7"));
    assertThat(series).containsExactly("mse=3400.1", "mse=3295.7");
  }

  @Test
  void aHeadWithoutAValueIsNoMetric() {
    assertThat(LogReading.of("Attempted to log scalar metric mse:").metrics()).isEmpty();
  }

  @Test
  void whatAScriptSaysOfItsProgressComesBeforeWhatItsFrameworkPrints() {
    assertThat(LogReading.of("Epoch 3/10").progress()).contains("epoch 3/10");
    assertThat(
            LogReading.of("Epoch 3/10\nAttempted to log scalar metric progress:\n0.3").progress())
        .contains("30%");
    assertThat(LogReading.of("Attempted to log scalar metric progress:\n30").progress())
        .contains("30%");
    assertThat(LogReading.of("trainyard: progress fold 2 of 5\nEpoch 9/10").progress())
        .contains("fold 2 of 5");
    assertThat(LogReading.of("nothing of that kind").progress()).isEmpty();
  }

  @Test
  void onlyTheLastTwentyLinesAreKept() {
    var text = new StringBuilder();
    for (int i = 1; i <= 100; i++) {
      text.append("line ").append(i).append('\n');
    }
    assertThat(LogReading.of(text.toString()).lastLines().lines())
        .hasSize(20)
        .startsWith("line 81")
        .endsWith("line 100");
  }

  @Test
  void bytesPassThroughUnchangedAndAProgressBarsLastDrawingIsTheLine() throws IOException {
    String text = "10%\r20%\r100%\r\nplain\nwithout an end";
    var lines = new ArrayList<String>();
    var in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    try (var tap = new LineTap(in, lines::add)) {
      assertThat(new String(tap.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(text);
    }
    assertThat(lines).containsExactly("100%", "plain", "without an end");
  }

  @Test
  void ofAnEndlessLineOnlyTheBeginningIsTold() throws IOException {
    var lines = new ArrayList<String>();
    try (var tap = new LineTap(new ByteArrayInputStream(new byte[1 << 20]), lines::add)) {
      assertThat(tap.readAllBytes()).hasSize(1 << 20);
    }
    assertThat(lines).singleElement().satisfies(line -> assertThat(line).hasSize(4_096));
  }
}
