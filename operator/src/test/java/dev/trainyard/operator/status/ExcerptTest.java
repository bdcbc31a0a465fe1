package dev.trainyard.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExcerptTest {
  private static final String FACE = "\uD83D\uDE00";

  @Test
  void aShortTextStaysAsItIs() {
    assertThat(Excerpt.head("abc", 3)).isEqualTo("abc");
    assertThat(Excerpt.tail("abc", 3)).isEqualTo("abc");
    assertThat(Excerpt.tail("", 3)).isEmpty();
  }

  @Test
  void aLongTextIsCutAtTheLimit() {
    assertThat(Excerpt.head("abcdef", 3)).isEqualTo("abc");
    assertThat(Excerpt.tail("abcdef", 3)).isEqualTo("def");
  }

  @Test
  void aCharacterIsNeverCutInHalf() {
    assertThat(Excerpt.head("ab" + FACE, 3)).isEqualTo("ab");
    assertThat(Excerpt.tail(FACE + "yz", 3)).isEqualTo("yz");
    assertThat(Excerpt.head(FACE + FACE, 2)).isEqualTo(FACE);
    assertThat(Excerpt.tail(FACE + FACE, 2)).isEqualTo(FACE);
  }
}
