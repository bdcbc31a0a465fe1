package dev.trainyard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.snapshot.SourceException.Reason;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceFilesTest {

  @Test
  void anEmptySourceHasNoFiles() throws Exception {
    assertThat(SourceFiles.of(Map.of()).entries()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/etc/passwd", "../x", "a/../../x", "a/..", "..", ".", "", "a//b", "a/", "./a"})
  void aPathThatIsNotInsideIsRefused(String path) {
    assertRefused(Map.of(path, file()), Reason.PATH_ESCAPES, "'" + path + "' is not a path inside");
  }

  @ParameterizedTest
  @ValueSource(strings = {"...", "..a", "a..", "a\\..\\b", "a b", "-rf", "a\nb", "ü/日本", "%2e%2e"})
  void anOddNameIsANameAllTheSame(String path) throws Exception {
    assertThat(SourceFiles.in(Map.of(path, file())).entries()).containsOnlyKeys(path);
  }

  @Test
  void aNameThatNoFileSystemTakesIsRefused() {
    assertRefused(Map.of("ü".repeat(128), file()), Reason.SOURCE_INVALID, "rename it");
    assertRefused(Map.of("a\0b", file()), Reason.SOURCE_INVALID, "rename it");
    assertRefused(Map.of("abc/".repeat(1_001) + "x", file()), Reason.SOURCE_INVALID, "shorten it");
  }

  @Test
  void aFileCannotBeADirectoryToo() {
    assertRefused(
        Map.of("a", file(), "a/b/c", file()), Reason.SOURCE_INVALID, "'a/b/c' is below 'a'");
  }

  @Test
  void nothingLiesBelowALink() {
    assertRefused(
        Map.of("a", new SourceFiles.Link("b"), "a/c", file()), Reason.SOURCE_INVALID, "below 'a'");
  }

  @Test
  void whatCannotBePackedIsNamedUnlessItIsIgnored() throws Exception {
    var all = new TreeMap<String, SourceFiles.Entry>();
    all.put("lib", new SourceFiles.Unpackable("is a submodule."));
    assertRefused(all, Reason.SOURCE_INVALID, "'lib' is a submodule.");
    all.put(".amlignore", SourceFiles.of(Map.of("x", "lib\n".getBytes())).entries().get("x"));
    assertThat(SourceFiles.in(all).entries()).containsOnlyKeys(".amlignore");
  }

  @ParameterizedTest
  @CsvSource({
    "a, b",
    "a, .",
    "a, ./b/../c",
    "deep/a, ../b",
    "deep/a, ..",
    "deep/er/a, ../../x",
    "a, missing/../b",
    "a, a",
    "a, b//c"
  })
  void aLinkThatStaysInsideIsKept(String path, String target) throws Exception {
    assertThat(SourceFiles.in(Map.of(path, new SourceFiles.Link(target))).entries())
        .containsEntry(path, new SourceFiles.Link(target));
  }

  @ParameterizedTest
  @CsvSource({
    "a, ..",
    "a, ../x",
    "a, /etc/passwd",
    "a, /",
    "a, //x",
    "deep/a, ../../x",
    "deep/a, b/../../../x",
    "a, missing/../../x",
    "a, ./.././x",
    "a, ''"
  })
  void aLinkThatLeadsOutIsRefused(String path, String target) {
    assertRefused(
        Map.of(path, new SourceFiles.Link(target)),
        Reason.PATH_ESCAPES,
        "The link '" + path + "' leads to '" + target + "'");
  }

  @Test
  void aLinkThatLeadsOutThroughAnotherLinkIsRefused() {
    // By its letters deep/er/up/../x is deep/er/x; but deep/er/up is the root.
    assertRefused(
        Map.of(
            "deep/er/up", new SourceFiles.Link("../.."),
            "out", new SourceFiles.Link("deep/er/up/../x")),
        Reason.PATH_ESCAPES,
        "The link 'out'");
  }

  @Test
  void aChainOfLinksThatStaysInsideIsKept() throws Exception {
    assertThat(
            SourceFiles.in(
                    Map.of(
                        "deep/er/up", new SourceFiles.Link("../.."),
                        "in", new SourceFiles.Link("deep/er/up/deep/../x"),
                        "x", file()))
                .entries())
        .hasSize(3);
  }

  @Test
  void linksThatGoRoundInCirclesLeadNowhere() throws Exception {
    assertThat(
            SourceFiles.in(
                    Map.of("a", new SourceFiles.Link("b/x"), "b", new SourceFiles.Link("a/y")))
                .entries())
        .hasSize(2);
  }

  @Test
  void aLinkThatLeadsOutMayBeIgnored() throws Exception {
    var all = new TreeMap<String, SourceFiles.Entry>();
    all.put("data", new SourceFiles.Link("/mnt/data"));
    all.put(".gitignore", SourceFiles.of(Map.of("x", "data\n".getBytes())).entries().get("x"));
    assertThat(SourceFiles.in(all).entries()).containsOnlyKeys(".gitignore");
  }

  private static SourceFiles.File file() {
    return new SourceFiles.File(0, false, InputStream::nullInputStream);
  }

  private static void assertRefused(
      Map<String, ? extends SourceFiles.Entry> all, Reason reason, String message) {
    assertThatThrownBy(() -> SourceFiles.in(new TreeMap<>(all)))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(message);
  }
}
