package dev.trainyard.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeWriterTest {
  private static final long LARGE = 300L << 20;

  private final TreeWriter writer = new TreeWriter();

  @Test
  void filesAndEmptyDirectoriesAreKeptBelowTheTitle(@TempDir Path root) throws IOException {
    Files.createDirectories(root.resolve("a/empty"));
    Files.writeString(root.resolve("a/model.txt"), "weights");
    assertThat(written(new DirectoryEntries(root)))
        .containsEntry("outputs/a/model.txt", "weights")
        .containsEntry("outputs/a/empty/", "");
    assertThat(writer.files()).isEqualTo(1);
  }

  @Test
  void aLinkInsideIsKeptAndOneThatLeadsOutIsNamed(@TempDir Path root) throws IOException {
    Files.writeString(root.resolve("model-7.txt"), "weights");
    Files.createSymbolicLink(root.resolve("latest"), Path.of("model-7.txt"));
    Files.createSymbolicLink(root.resolve("passwords"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(root.resolve("above"), Path.of("../.."));
    assertThat(written(new DirectoryEntries(root)))
        .containsEntry("outputs/latest", "-> model-7.txt")
        .doesNotContainKeys("outputs/passwords", "outputs/above");
    assertThat(writer.skippedCount()).isEqualTo(2);
    assertThat(writer.skipped())
        .contains("outputs/passwords is a link that leads out of the directory, to /etc/passwd");
  }

  @Test
  void aPipeIsLeftOutAndNeverOpened(@TempDir Path root) throws Exception {
    int code = new ProcessBuilder("mkfifo", root.resolve("pipe").toString()).start().waitFor();
    assertThat(code).isZero();
    Files.writeString(root.resolve("file"), "x");
    assertThat(written(new DirectoryEntries(root))).containsOnlyKeys("outputs/", "outputs/file");
    assertThat(writer.skipped())
        .containsExactly("outputs/pipe is neither a file, a directory nor a link");
  }

  @Test
  void aFileThatShrinksWhileItIsReadKeepsTheArchiveWhole() throws IOException {
    Entries entries =
        visitor -> {
          visitor.visit(file("log.txt", 10, "short"));
          visitor.visit(file("next.txt", 4, "next"));
        };
    assertThat(written(entries))
        .containsEntry("outputs/log.txt", "short\0\0\0\0\0")
        .containsEntry("outputs/next.txt", "next");
    assertThat(writer.skipped()).singleElement().asString().contains("became shorter");
  }

  @Test
  void aFileThatGrowsWhileItIsReadIsCutAtTheSizeThatItHad() throws IOException {
    Entries entries = visitor -> visitor.visit(file("log.txt", 3, "longer"));
    assertThat(written(entries)).containsEntry("outputs/log.txt", "lon");
  }

  @Test
  void aLargeFileGoesThroughPieceByPiece() throws IOException {
    var zeros = new Zeros(LARGE);
    Entries entries =
        visitor -> visitor.visit(new Entry.File("big", LARGE, Instant.EPOCH, false, () -> zeros));
    var out = new Counting();
    writer.write(new Part.Tree("outputs", entries), out);
    assertThat(zeros.left).isZero();
    assertThat(out.count).isLessThan(16L << 20);
  }

  private static Entry.File file(String path, long size, String content) {
    return new Entry.File(
        path,
        size,
        Instant.EPOCH,
        false,
        () -> new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
  }

  private Map<String, String> written(Entries entries) throws IOException {
    var out = new ByteArrayOutputStream();
    writer.write(new Part.Tree("outputs", entries), out);
    var found = new LinkedHashMap<String, String>();
    try (var tar =
        new TarArchiveInputStream(
            new GZIPInputStream(new ByteArrayInputStream(out.toByteArray())))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        found.put(
            entry.getName(),
            entry.isSymbolicLink()
                ? "-> " + entry.getLinkName()
                : new String(tar.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    return found;
  }

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
      if (left == 0) {
        return -1;
      }
      int read = (int) Math.min(left, length);
      left -= read;
      return read;
    }
  }

  private static final class Counting extends OutputStream {
    private long count;

    @Override
    public void write(int value) {
      count++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      count += length;
    }
  }
}
