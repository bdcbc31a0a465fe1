package dev.trainyard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IgnoreRulesTest {

  @Test
  void withoutAnIgnoreFileNothingIsLeftOut() throws Exception {
    assertThat(kept(Map.of("a.py", "", "data/b.csv", ""))).containsExactly("a.py", "data/b.csv");
  }

  @Test
  void gitsOwnDirectoryIsAlwaysLeftOut() throws Exception {
    assertThat(kept(Map.of("a", "", ".git/config", "", "sub/.git", "", "lib/.git/HEAD", "")))
        .containsExactly("a");
  }

  @Test
  void aGitignoreLeavesOutAndStaysItself() throws Exception {
    assertThat(kept(Map.of(".gitignore", "*.log\n", "a.log", "", "b/c.log", "", "a.py", "")))
        .containsExactly(".gitignore", "a.py");
  }

  @Test
  void anAmlignoreReplacesEveryGitignore() throws Exception {
    assertThat(
            kept(
                Map.of(
                    ".amlignore", "*.csv\n",
                    ".gitignore", "*.log\n",
                    "sub/.gitignore", "*\n",
                    "a.log", "",
                    "sub/b.py", "",
                    "sub/c.csv", "")))
        .containsExactly(".amlignore", ".gitignore", "a.log", "sub/.gitignore", "sub/b.py");
  }

  @Test
  void anAmlignoreBelowTheRootIsAFileLikeAnyOther() throws Exception {
    assertThat(kept(Map.of("sub/.amlignore", "*\n", "sub/a.py", "")))
        .containsExactly("sub/.amlignore", "sub/a.py");
  }

  @Test
  void anEmptyAmlignoreBringsBackWhatGitIgnores() throws Exception {
    assertThat(kept(Map.of(".amlignore", "", ".gitignore", "outputs/\n", "outputs/model", "")))
        .contains("outputs/model");
  }

  @Test
  void aGitignoreInADirectoryCountsBelowIt() throws Exception {
    assertThat(kept(Map.of("sub/.gitignore", "/x\n", "x", "", "sub/x", "", "sub/deep/x", "")))
        .containsExactly("sub/.gitignore", "sub/deep/x", "x");
  }

  @Test
  void theNearestGitignoreHasTheLastWord() throws Exception {
    assertThat(
            kept(
                Map.of(
                    ".gitignore",
                    "*.log\n",
                    "sub/.gitignore",
                    "!keep.log\n",
                    "sub/keep.log",
                    "",
                    "sub/other.log",
                    "")))
        .containsExactly(".gitignore", "sub/.gitignore", "sub/keep.log");
  }

  @ParameterizedTest
  @CsvSource({
    "*.log, a.log, true",
    "*.log, deep/er/a.log, true",
    "/a.log, deep/a.log, false",
    "data/, data/x, true",
    "data/, deep/data/x, true",
    "data/, data, false",
    "/data/*.csv, data/a.csv, true",
    "/data/*.csv, data/deep/a.csv, false",
    "data/**/a.csv, data/x/y/a.csv, true",
    "**/cache, x/y/cache, true",
    "file?.txt, file1.txt, true",
    "file[0-4].txt, file5.txt, false",
    "#comment, #comment, false",
    "\\#name, #name, true",
    "\\!name, !name, true",
    "naïve.txt, naïve.txt, true",
    "Data, data, false"
  })
  void patternsMeanWhatTheyMeanInGit(String pattern, String path, boolean left) throws Exception {
    assertThat(kept(Map.of(".amlignore", pattern + "\n", path, "")).contains(path))
        .isEqualTo(!left);
  }

  @Test
  void aLaterPatternBringsBackWhatAnEarlierOneLeftOut() throws Exception {
    assertThat(kept(Map.of(".amlignore", "*.csv\n!keep.csv\n", "a.csv", "", "keep.csv", "")))
        .containsExactly(".amlignore", "keep.csv");
  }

  @Test
  void nothingComesBackFromADirectoryThatIsLeftOut() throws Exception {
    assertThat(kept(Map.of(".amlignore", "data/\n!data/keep.csv\n", "data/keep.csv", "")))
        .containsExactly(".amlignore");
  }

  @Test
  void somethingComesBackWhenOnlyTheContentIsLeftOut() throws Exception {
    assertThat(
            kept(
                Map.of(
                    ".amlignore",
                    "data/*\n!data/keep.csv\n",
                    "data/keep.csv",
                    "",
                    "data/a.csv",
                    "")))
        .containsExactly(".amlignore", "data/keep.csv");
  }

  @Test
  void everythingButOneDirectoryCanBeLeftOut() throws Exception {
    assertThat(kept(Map.of(".amlignore", "/*\n!/src\n", "src/a.py", "", "data/b", "")))
        .containsExactly("src/a.py");
  }

  @Test
  void anIgnoreFileMayComeFromWindows() throws Exception {
    assertThat(kept(Map.of(".amlignore", "\uFEFF*.log\r\n*.tmp\r\n", "a.log", "", "b.tmp", "")))
        .containsExactly(".amlignore");
  }

  @Test
  void anIgnoreFileThatIsALinkCountsForNothing() throws Exception {
    var all = new TreeMap<String, SourceFiles.Entry>();
    all.put(".amlignore", new SourceFiles.Link("rules"));
    all.put("rules", SourceFiles.of(Map.of("rules", bytes("*\n"))).entries().get("rules"));
    assertThat(SourceFiles.in(all).entries()).containsOnlyKeys(".amlignore", "rules");
  }

  private static Set<String> kept(Map<String, String> files) throws SourceException, IOException {
    var bytes = new TreeMap<String, byte[]>();
    files.forEach((path, text) -> bytes.put(path, bytes(text)));
    return SourceFiles.of(bytes).entries().keySet();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
