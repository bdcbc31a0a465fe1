package dev.trainyard.operator.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShellWordsTest {
  private static final String NASTY = "'\"\\$`;&|<>(){}[]*?~#!\n\t éλ日=%-a0";

  @Test
  void aRealShellTakesTheLineApartIntoTheSameWords() throws IOException, InterruptedException {
    var random = new Random(6);
    var words = new ArrayList<String>();
    words.add("");
    for (int i = 0; i < 200; i++) {
      var word = new StringBuilder();
      for (int length = random.nextInt(12); length >= 0; length--) {
        word.append(NASTY.charAt(random.nextInt(NASTY.length())));
      }
      words.add(word.toString());
    }

    var command = new ArrayList<>(List.of("printf", "%s\\0"));
    command.addAll(words);
    Process shell = new ProcessBuilder("sh", "-c", ShellWords.line(command)).start();
    String answer = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(shell.waitFor()).isZero();
    assertThat(answer.split("\0", -1)).startsWith(words.toArray(String[]::new));
  }

  @Test
  void aNulIsRefused() {
    assertThatThrownBy(() -> ShellWords.line(List.of("a\0b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
  }
}
