package dev.trainyard.conda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Each test of {@code src/test/python} as a test here. */
class CondaProgramTest {
  private static final Pattern RESULT =
      Pattern.compile("^(test_\\w+) \\(([\\w.]+)\\).*?\\.\\.\\. (ok|FAIL|ERROR|skipped.*)$");

  @TestFactory
  Stream<DynamicTest> theConditionsOfTheCondaStep() throws IOException, InterruptedException {
    String libraries = rattler() + ":" + Path.of("src/main/python").toAbsolutePath();
    var process =
        new ProcessBuilder(
            "python3", "-m", "unittest", "discover", "-v", "-b", "-s", "src/test/python");
    process.environment().put("PYTHONPATH", libraries);
    process.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    String output = run(process);
    List<DynamicTest> tests =
        output
            .lines()
            .map(RESULT::matcher)
            .filter(Matcher::matches)
            .map(result ->
                DynamicTest.dynamicTest(
                    result.group(1).substring("test_".length()).replace('_', ' '),
                    () -> assertThat(result.group(3)).as(output).isEqualTo("ok")))
            .toList();
    assertThat(tests).as(output).hasSizeGreaterThan(10);
    return tests.stream();
  }

  /** rattler as pip installs it, once into the cache. */
  private static Path rattler() throws IOException, InterruptedException {
    String version = Objects.requireNonNull(System.getProperty("rattler.version"));
    Path cache = Path.of(System.getProperty("user.home"), ".cache", "trainyard");
    Path directory = cache.resolve("rattler-" + version);
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(cache);
      Path unfinished = Files.createTempDirectory(cache, "rattler");
      run(
          new ProcessBuilder(
              "python3",
              "-m",
              "pip",
              "install",
              "-q",
              "--disable-pip-version-check",
              "--only-binary=:all:",
              "--target",
              unfinished.toString(),
              "py-rattler==" + version));
      try {
        Files.move(unfinished, directory);
      } catch (FileAlreadyExistsException e) {
        assertThat(directory).as("made by another build meanwhile").isDirectory();
      }
    }
    return directory;
  }

  private static String run(ProcessBuilder builder) throws IOException, InterruptedException {
    Path output = Files.createTempFile("python", ".log");
    try {
      Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ended within 5 minutes").isTrue();
      return Files.readString(output, StandardCharsets.UTF_8);
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
