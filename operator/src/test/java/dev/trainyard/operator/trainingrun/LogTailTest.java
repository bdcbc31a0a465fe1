package dev.trainyard.operator.trainingrun;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LogTailTest {

  @Test
  void theLastLinesAreKept() {
    assertThat(LogTail.lastLines("a\nb\nc\n", 2)).isEqualTo("b\nc");
    assertThat(LogTail.lastLines("a\n", 2)).isEqualTo("a");
    assertThat(LogTail.lastLines("", 2)).isEmpty();
  }

  @Test
  void aProgressBarThatGoesBackToTheStartOfItsLineIsManyLines() {
    assertThat(LogTail.lastLines("10%\r50%\r100%\ndone", 2)).isEqualTo("100%\ndone");
  }

  @Test
  void aLongLineIsCutBetweenTwoCharacters() {
    String line = "x".repeat(511) + "\uD83D\uDE00";
    assertThat(LogTail.lastLines(line, 1)).isEqualTo("x".repeat(511));
  }
}
