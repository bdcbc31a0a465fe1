package dev.trainyard.operator.runconfiguration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/runconfig.md lists the fields that the condition FullyHonored can name. */
class RunconfigPageTest {
  private static final Path PAGE = Path.of("../docs/runconfig.md");
  private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\|.*");

  @Test
  void everyFieldThatIsKeptAndNamedIsListedAndNoOther() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf("### Kept and named");
    Stream<String> rows =
        page.substring(begin, page.indexOf("\n### ", begin + 1))
            .lines()
            .map(ROW::matcher)
            .filter(row -> row.matches())
            .map(row -> row.group(1));
    assertThat(rows).containsExactlyInAnyOrderElementsOf(UnhonoredFields.PATHS);
  }
}
