package dev.trainyard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.trainyard.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerWriterTest {
  private static final String LONG = "long/".repeat(30) + "name.py";

  @TempDir Path directory;

  @Test
  void theSameFilesGiveTheseBytesOnEveryMachine() throws Exception {
    // Changes only when snapshots are to be packed in another way: count up SourceKey.PACKING then.
    assertThat(LayerWriter.diffId(sample(), "azureml-run"))
        .hasToString("sha256:8252bbfd0b3896e8e9bbec5d5a760990bc2d421c36fc76da2cbf210c35d97752");
  }

  @Test
  void whoPacksThemIsNotInThem() throws Exception {
    String user = System.getProperty("user.name");
    Digest before = LayerWriter.diffId(sample(), "azureml-run");
    System.setProperty("user.name", "somebody-else");
    try {
      assertThat(LayerWriter.diffId(sample(), "azureml-run")).isEqualTo(before);
    } finally {
      System.setProperty("user.name", user);
    }
  }

  @Test
  void theOrderInWhichFilesAreFoundIsNotInThem() throws Exception {
    var forth = new LinkedHashMap<String, byte[]>();
    var back = new LinkedHashMap<String, byte[]>();
    for (int i = 0; i < 20; i++) {
      forth.put("f" + i, new byte[i]);
      back.putFirst("f" + i, new byte[i]);
    }
    assertThat(LayerWriter.diffId(SourceFiles.of(forth), "d"))
        .isEqualTo(LayerWriter.diffId(SourceFiles.of(back), "d"));
  }

  @Test
  void theLayerIsWhatItsIdentityWasSaidToBe() throws Exception {
    LayerWriter.Layer layer = LayerWriter.write(sample(), "azureml-run", directory.resolve("a"));
    assertThat(layer.diffId()).isEqualTo(LayerWriter.diffId(sample(), "azureml-run"));
    assertThat(layer.digest()).isEqualTo(Digest.of(Files.readAllBytes(layer.file())));
    assertThat(layer.size()).isEqualTo(Files.size(layer.file()));
    try (InputStream plain = new GZIPInputStream(Files.newInputStream(layer.file()))) {
      assertThat(Digest.of(plain.readAllBytes())).isEqualTo(layer.diffId());
    }
  }

  @Test
  void packingTwiceGivesTheSameFile() throws Exception {
    LayerWriter.Layer one = LayerWriter.write(sample(), "d", directory.resolve("a"));
    LayerWriter.Layer two = LayerWriter.write(sample(), "d", directory.resolve("b"));
    assertThat(two.digest()).isEqualTo(one.digest());
  }

  @Test
  void onlyTheExecutableBitOfAModeIsKept() throws Exception {
    assertThat(entries())
        .extracting(TarArchiveEntry::getName, e -> Integer.toOctalString(e.getMode() & 0777))
        .contains(
            tuple("azureml-run/run.sh", "755"),
            tuple("azureml-run/train.py", "644"),
            tuple("azureml-run/naïve/", "755"));
  }

  @Test
  void everyEntryBelongsToTheTrainingUserAndHasNoTime() throws Exception {
    assertThat(entries())
        .allSatisfy(entry -> {
          assertThat(entry.getLongUserId()).isEqualTo(LayerWriter.OWNER);
          assertThat(entry.getLongGroupId()).isEqualTo(LayerWriter.OWNER);
          assertThat(entry.getUserName()).isEmpty();
          assertThat(entry.getLastModifiedTime().toMillis()).isZero();
        });
  }

  @Test
  void longAndForeignNamesArriveWhole() throws Exception {
    assertThat(entries())
        .extracting(TarArchiveEntry::getName)
        .contains("azureml-run/" + LONG, "azureml-run/naïve/café.txt");
  }

  @Test
  void linksArriveAsLinks() throws Exception {
    assertThat(entries())
        .filteredOn(TarArchiveEntry::isSymbolicLink)
        .extracting(TarArchiveEntry::getLinkName)
        .containsExactly("naïve/café.txt");
  }

  @Test
  void everyDirectoryComesBeforeWhatIsInIt() throws Exception {
    List<String> names = entries().stream().map(TarArchiveEntry::getName).toList();
    assertThat(names).startsWith("azureml-run/").doesNotHaveDuplicates();
    assertThat(names.indexOf("azureml-run/naïve/"))
        .isBetween(1, names.indexOf("azureml-run/naïve/café.txt"));
  }

  @Test
  void anEmptySourceIsAnEmptyDirectory() throws Exception {
    LayerWriter.Layer layer =
        LayerWriter.write(SourceFiles.of(Map.of()), "d", directory.resolve("a"));
    assertThat(layer.contentBytes()).isZero();
    assertThat(read(layer.file())).extracting(TarArchiveEntry::getName).containsExactly("d/");
  }

  @Test
  void aFileOfManyMegabytesIsStreamed() throws Exception {
    long size = 200L << 20;
    var zeros = new SourceFiles.File(size, false, () -> new Zeros(size));
    LayerWriter.Layer layer =
        LayerWriter.write(SourceFiles.in(Map.of("zeros", zeros)), "d", directory.resolve("a"));
    assertThat(layer.contentBytes()).isEqualTo(size);
  }

  /** A stream of zeros that is nowhere in memory. */
  private static final class Zeros extends InputStream {
    private long left;

    Zeros(long size) {
      left = size;
    }

    @Override
    public int read() {
      return left-- > 0 ? 0 : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(left, length);
      left -= count;
      return count;
    }
  }

  private List<TarArchiveEntry> entries() throws Exception {
    return read(LayerWriter.write(sample(), "azureml-run", directory.resolve("layer")).file());
  }

  private static List<TarArchiveEntry> read(Path file) throws IOException {
    var entries = new ArrayList<TarArchiveEntry>();
    try (var tar =
        new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(file)), "UTF-8")) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        entries.add(entry);
      }
    }
    return entries;
  }

  private static SourceFiles sample() throws Exception {
    var all = new TreeMap<String, SourceFiles.Entry>();
    all.put("train.py", file("print('hello')\n", false));
    all.put("run.sh", file("#!/bin/sh\n", true));
    all.put("empty", file("", false));
    all.put("naïve/café.txt", file("café\n", false));
    all.put("link", new SourceFiles.Link("naïve/café.txt"));
    all.put(LONG, file("pass\n", false));
    return SourceFiles.in(all);
  }

  private static SourceFiles.File file(String text, boolean executable) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new SourceFiles.File(bytes.length, executable, () -> new ByteArrayInputStream(bytes));
  }
}
