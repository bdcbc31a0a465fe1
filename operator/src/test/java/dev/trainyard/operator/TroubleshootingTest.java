package dev.trainyard.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.status.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/troubleshooting.md has one entry for each reason that a condition can have. */
class TroubleshootingTest {
  private static final Path PAGE = Path.of("../docs/troubleshooting.md");
  private static final String HEADING = "### ";

  @Test
  void everyReasonHasAHeadingAndEveryHeadingAReason() throws IOException {
    assertThat(entries().keySet())
        .as("add a heading `### Reason` with what it means and what to do to " + PAGE)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Reason.values()).map(Reason::toString).collect(Collectors.toSet()));
  }

  @Test
  void everyEntrySaysSomething() throws IOException {
    assertThat(entries())
        .allSatisfy((reason, text) -> assertThat(text).as(reason).hasSizeGreaterThan(40));
  }

  /** Heading to the text below it; a heading that stands twice is an error. */
  private static Map<String, String> entries() throws IOException {
    var entries = new TreeMap<String, String>();
    List<String> sections = List.of(("\n" + Files.readString(PAGE)).split("\n(?=#)"));
    for (String section : sections) {
      if (section.startsWith(HEADING)) {
        String heading = section.lines().findFirst().orElseThrow().substring(HEADING.length());
        String text = section.lines().skip(1).collect(Collectors.joining(" ")).strip();
        assertThat(entries.put(heading, text)).as("%s stands twice", heading).isNull();
      }
    }
    return entries;
  }
}
