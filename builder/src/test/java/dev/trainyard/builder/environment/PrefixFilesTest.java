package dev.trainyard.builder.environment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrefixFilesTest {
  private static final LayerPlan SIX =
      new LayerPlan(Optional.empty(), List.of("six-1.17.0-py_0"), Optional.empty());
  private static final LayerPlan OTHERS =
      new LayerPlan(
          Optional.empty(), List.of("zlib-1.3.1-0", "python-3.11.2-h0_cp311"), Optional.empty());

  @TempDir private Path prefix;

  @Test
  void aFileGoesWithItsPackageByteCodeWithItsSourceAndTheRestLast() throws IOException {
    write("lib/python3.11/site-packages/six.py");
    write("lib/python3.11/site-packages/__pycache__/six.cpython-311.pyc");
    write("lib/python3.11/site-packages/__pycache__/six.cpython-311.opt-1.pyc");
    record("six-1.17.0-py_0", "lib/python3.11/site-packages/six.py");
    write("bin/python3.11");
    Files.createSymbolicLink(prefix.resolve("bin/python"), Path.of("python3.11"));
    record("python-3.11.2-h0_cp311", "bin/python3.11", "bin/python");
    write("lib/python3.11/site-packages/humanize.py");
    write("lib/python3.11/site-packages/__pycache__/humanize.cpython-311.pyc");
    write("conda-meta/history");
    Files.createDirectories(prefix.resolve("empty"));
    List<List<Path>> layers = PrefixFiles.of(prefix, List.of(SIX, OTHERS));
    assertThat(layers.get(0).stream().map(this::name))
        .containsExactly(
            "conda-meta/six-1.17.0-py_0.json",
            "lib/python3.11/site-packages/__pycache__/six.cpython-311.opt-1.pyc",
            "lib/python3.11/site-packages/__pycache__/six.cpython-311.pyc",
            "lib/python3.11/site-packages/six.py");
    assertThat(layers.get(1).stream().map(this::name))
        .containsExactly("bin/python", "bin/python3.11", "conda-meta/python-3.11.2-h0_cp311.json");
    assertThat(layers.get(2).stream().map(this::name))
        .containsExactly(
            "conda-meta/history",
            "empty",
            "lib/python3.11/site-packages/__pycache__/humanize.cpython-311.pyc",
            "lib/python3.11/site-packages/humanize.py");
    assertThat(layers).hasSize(3);
  }

  private String name(Path path) {
    return prefix.relativize(path).toString();
  }

  private void record(String name, String... files) throws IOException {
    write("conda-meta/" + name + ".json");
    Files.writeString(
        prefix.resolve("conda-meta/" + name + ".json"),
        "{\"files\": [\"" + String.join("\", \"", files) + "\"]}");
  }

  private void write(String name) throws IOException {
    Path file = prefix.resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, name);
  }
}
