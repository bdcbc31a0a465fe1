package dev.trainyard.builder.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrefixLayerTest {
  @TempDir private Path directory;

  @Test
  void theSameFilesGiveTheSameLayerWhateverTheirTimesAndOrder() throws IOException {
    Path prefix = Files.createDirectories(directory.resolve("envs/azureml_1"));
    write(prefix, List.of("bin/python", "lib/a.py", "lib/b.py"), 1);
    PrefixLayer first = layer(prefix);
    for (String name : List.of("lib/b.py", "lib/a.py", "bin/python")) {
      Files.delete(prefix.resolve(name));
    }
    write(prefix, List.of("lib/b.py", "lib/a.py", "bin/python"), 2);
    PrefixLayer second = layer(prefix);
    assertThat(second.digest()).isEqualTo(first.digest());
    assertThat(second.diffId()).isEqualTo(first.diffId());
  }

  @Test
  void filesLieAtThePrefixOwnedByRootWithTheExecutableBitAndLinksKept() throws IOException {
    Path prefix = Files.createDirectories(directory.resolve("envs/azureml_1"));
    write(prefix, List.of("bin/python3.11", "lib/a.py"), 1);
    assertThat(prefix.resolve("bin/python3.11").toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(prefix.resolve("bin/python"), Path.of("python3.11"));
    var entries = new ArrayList<String>();
    try (var tar = new TarArchiveInputStream(unpacked(layer(prefix)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        assertThat(entry.getLongUserId()).isZero();
        assertThat(entry.getLastModifiedTime().toMillis()).isZero();
        entries.add(
            Integer.toOctalString(entry.getMode() & 0777)
                + " "
                + entry.getName().substring(directory.toString().length() + "/envs".length() - 1)
                + (entry.isSymbolicLink() ? " -> " + entry.getLinkName() : ""));
      }
    }
    assertThat(entries)
        .containsExactly(
            "755 /",
            "755 /azureml_1/",
            "755 /azureml_1/bin/",
            "755 /azureml_1/bin/python -> python3.11",
            "755 /azureml_1/bin/python3.11",
            "755 /azureml_1/lib/",
            "644 /azureml_1/lib/a.py");
  }

  @Test
  void theDigestsAreThoseOfTheFileAndOfItsContent() throws IOException {
    Path prefix = Files.createDirectories(directory.resolve("envs/azureml_1"));
    write(prefix, List.of("lib/a.py"), 1);
    PrefixLayer layer = layer(prefix);
    assertThat(layer.digest()).isEqualTo(Digest.of(Files.readAllBytes(file(layer))));
    assertThat(layer.size()).isEqualTo(Files.size(file(layer)));
    try (InputStream content = unpacked(layer)) {
      assertThat(layer.diffId()).isEqualTo(Digest.of(content.readAllBytes()));
    }
  }

  @Test
  void severalBlocksAreOneStreamForAnyReaderOfGzip() throws IOException {
    var content = new byte[5_000_001];
    new Random(7).nextBytes(content);
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new ParallelGzip(compressed, 3, BlockCache.NONE)) {
      gzip.write(content, 0, 3);
      gzip.write(content[3]);
      gzip.write(content, 4, content.length - 4);
    }
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed.toByteArray()))) {
      assertThat(gzip.readAllBytes()).isEqualTo(content);
    }
  }

  @Test
  void aCacheGivesTheSameLayerAlsoWithAnotherPrefixAndWhenItIsBroken() throws IOException {
    byte[] large = new byte[3_000_001];
    new Random(7).nextBytes(large);
    Path cache = directory.resolve("cache");
    var digests = new ArrayList<String>();
    for (String name : List.of("azureml_1", "azureml_2")) {
      Path prefix = directory.resolve(name);
      Path library = Files.createDirectories(prefix.resolve("lib"));
      Files.write(library.resolve("large.so"), large);
      Files.writeString(library.resolve("small.py"), name);
      Path target = directory.resolve("layer.tar.gz");
      PrefixLayer plain = layer(prefix, target, Optional.empty());
      PrefixLayer cached = layer(prefix, target, Optional.of(cache));
      assertThat(cached).isEqualTo(plain);
      digests.add(plain.digest().text());
      try (Stream<Path> files = Files.walk(cache)) {
        assertThat(files.filter(Files::isRegularFile)).as("blocks of the large file").hasSize(3);
      }
    }
    assertThat(digests).doesNotHaveDuplicates();
    Path file = Files.writeString(directory.resolve("file"), "no directory");
    PrefixLayer broken =
        layer(directory.resolve("azureml_2"), directory.resolve("layer.tar.gz"), Optional.of(file));
    assertThat(broken.digest().text()).isEqualTo(digests.getLast());
  }

  private PrefixLayer layer(Path prefix) throws IOException {
    return layer(prefix, directory.resolve("layer.tar.gz"), Optional.empty());
  }

  private static PrefixLayer layer(Path prefix, Path target, Optional<Path> cache)
      throws IOException {
    List<Path> paths = PrefixFiles.of(prefix, List.of()).getFirst();
    return PrefixLayer.write(prefix, paths, Optional.empty(), target, cache, bytes -> {});
  }

  private static Path file(PrefixLayer layer) {
    return layer.file().orElseThrow();
  }

  private static InputStream unpacked(PrefixLayer layer) throws IOException {
    return new GZIPInputStream(Files.newInputStream(file(layer)));
  }

  private static void write(Path prefix, List<String> names, long time) throws IOException {
    for (String name : names) {
      Path file = prefix.resolve(name);
      Files.createDirectories(prefix.resolve(name.substring(0, name.indexOf('/'))));
      Files.writeString(file, "content of " + name);
      Files.setLastModifiedTime(file, FileTime.fromMillis(time * 1_000_000));
    }
  }
}
