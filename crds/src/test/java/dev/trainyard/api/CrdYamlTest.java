package dev.trainyard.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the committed CRDs to the types; {@code -Dtrainyard.generate=true} rewrites them. */
class CrdYamlTest {
  private static final Path COMMITTED = Path.of("yaml");
  private static final Path CHART = Path.of("../helm/trainyard/crd-files");

  @TempDir static Path temporary;

  private static Map<String, String> generated = new TreeMap<>();

  @BeforeAll
  static void generate() throws IOException {
    generated = CrdYaml.generate(temporary);
    if (Boolean.getBoolean("trainyard.generate")) {
      for (Path directory : new Path[] {COMMITTED, CHART}) {
        Files.createDirectories(directory);
        for (Map.Entry<String, String> file : generated.entrySet()) {
          Files.writeString(directory.resolve(file.getKey()), file.getValue());
        }
      }
    }
  }

  @Test
  void committedCrdsAreWhatTheTypesSay() throws IOException {
    assertThat(read(COMMITTED))
        .as("crds/yaml has drifted from the Java types: run `make generate` and commit the result")
        .isEqualTo(generated);
  }

  @Test
  void chartShipsTheSameCrds() throws IOException {
    assertThat(read(CHART))
        .as("helm/trainyard/crd-files differs from crds/yaml: run `make generate`")
        .isEqualTo(generated);
  }

  @Test
  void everyFieldHasADescription() {
    var missing = new TreeSet<String>();
    for (String yaml : generated.values()) {
      missing.addAll(UndescribedFields.of(yaml));
    }
    assertThat(missing).isEmpty();
  }

  private static Map<String, String> read(Path directory) throws IOException {
    var files = new TreeMap<String, String>();
    try (Stream<Path> paths = Files.list(directory)) {
      for (Path path : paths.toList()) {
        files.put(path.getFileName().toString(), Files.readString(path));
      }
    }
    return files;
  }
}
