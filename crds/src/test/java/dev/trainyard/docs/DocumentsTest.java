package dev.trainyard.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents point at is there. */
class DocumentsTest {
  private static final Pattern MAKE = Pattern.compile("(?m)(?:^|\\s|&& )make ([a-z][a-z-]*)");
  private static final Pattern TARGET = Pattern.compile("(?m)^([a-z][a-z-]*):");

  static List<Markdown> documents() {
    return Markdown.all();
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyRelativeLinkLeadsSomewhere(Markdown document) {
    var broken = new ArrayList<String>();
    for (String link : document.links()) {
      if (!link.matches("[a-z]+:.*") && !resolves(document, link)) {
        broken.add(link);
      }
    }
    assertThat(broken).as("links of %s that lead nowhere", document).isEmpty();
  }

  private static boolean resolves(Markdown document, String link) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path target =
        path.isEmpty() ? document.file() : document.file().resolveSibling(path).normalize();
    if (!target.startsWith(Markdown.ROOT) || !Files.exists(target)) {
      return false;
    }
    return hash < 0 || Markdown.read(target).anchors().contains(link.substring(hash + 1));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void everyMakeTargetExists(Markdown document) throws IOException {
    Set<String> targets =
        TARGET
            .matcher(Files.readString(Markdown.ROOT.resolve("Makefile")))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toSet());
    Stream<String> commands =
        Stream.concat(
            document.blocks().stream()
                .filter(block -> Set.of("console", "sh").contains(block.language()))
                .map(Markdown.Block::text),
            document.code().stream().filter(span -> span.startsWith("make ")));
    List<String> named =
        commands
            .flatMap(text -> MAKE.matcher(text).results().map(match -> match.group(1)))
            .toList();
    assertThat(targets).as("make targets that %s names", document).containsAll(named);
  }
}
