package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MetricLinesTest {

  @Test
  void theNewestValueOfEachMetricCountsInTheOrderOfTheirFirst() {
    assertThat(
            MetricLines.read(
                """
                alpha is 0.1
                Attempted to log scalar metric mse:
                3.5
                Attempted to log scalar metric alpha:
                0.1
                Attempted to log scalar metric mse:
                2.5
                """))
        .containsExactly(Map.entry("mse", "2.5"), Map.entry("alpha", "0.1"));
  }

  @Test
  void aHeadWithoutAValueIsNoMetric() {
    assertThat(MetricLines.read("Attempted to log scalar metric mse:")).isEmpty();
    assertThat(MetricLines.read("")).isEmpty();
    assertThat(MetricLines.read("Attempted to log scalar metric :\n1")).isEmpty();
  }

  @Test
  void namesMayHaveSpacesColonsAndAnyScript() {
    assertThat(MetricLines.read("  Attempted to log scalar metric val: loss 損失:\n 1e-3 \n"))
        .containsExactly(Map.entry("val: loss 損失", "1e-3"));
  }

  @Test
  void aStatusStaysSmallWhateverIsLogged() {
    String many =
        IntStream.range(0, 1_000)
            .mapToObj(i -> "Attempted to log scalar metric m" + i + ":\n" + i)
            .collect(Collectors.joining("\n"));
    assertThat(MetricLines.read(many)).hasSize(64).containsEntry("m63", "63");
    assertThat(MetricLines.read("Attempted to log scalar metric m:\n" + "9".repeat(200))).isEmpty();
  }
}
