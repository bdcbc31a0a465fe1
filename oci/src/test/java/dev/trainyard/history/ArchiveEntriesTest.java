package dev.trainyard.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveEntriesTest {
  private static final long LIMIT = 64 << 20;

  private final Map<String, byte[]> tars = new HashMap<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

  ArchiveEntriesTest() {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
  }

  @Test
  void filesDirectoriesAndLinksInsideAreKept() throws IOException {
    directory("outputs/");
    directory("outputs/a/");
    file("outputs/a/model", "weights");
    link("outputs/latest", "a/model", TarConstants.LF_SYMLINK);
    assertThat(told())
        .containsExactly("directory a", "file a/model: weights", "link latest -> a/model");
  }

  @Test
  void aDirectoryBelowAnotherIsToldByItsOwnPath() throws IOException {
    file("./checkpoints/step-1", "x");
    assertThat(told("data/checkpoints")).containsExactly("file step-1: x");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "/etc/passwd",
        "../etc/passwd",
        "outputs/../../etc/passwd",
        "outputs/a/../../../x",
        "logs/other",
        "outputs-2/x",
        "./../outputs/x"
      })
  void aNameThatLeadsOutIsLeftOutAndNamed(String name) throws IOException {
    file(name, "evil");
    file("outputs/good", "good");
    assertThat(told())
        .containsExactly(
            "skipped " + name + " has a name that leads out of the directory", "file good: good");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"/etc/passwd", "../../etc", "..", ""})
  void aLinkThatLeadsOutIsLeftOut(String target) throws IOException {
    link("outputs/link", target, TarConstants.LF_SYMLINK);
    assertThat(told())
        .singleElement()
        .asString()
        .startsWith("skipped link is a link that leads out");
  }

  @Test
  void aLinkThatGoesUpBehindAnotherLinkIsLeftOut() throws IOException {
    link("outputs/d/up", "..", TarConstants.LF_SYMLINK);
    link("outputs/out", "d/up/../../etc", TarConstants.LF_SYMLINK);
    assertThat(told())
        .containsExactly(
            "link d/up -> ..",
            "skipped out is a link that may lead out of the directory, to d/up/../../etc");
  }

  @Test
  void whatLiesBelowALinkIsLeftOutSoThatNothingIsWrittenThroughIt() throws IOException {
    link("outputs/a", "b", TarConstants.LF_SYMLINK);
    file("outputs/a/x", "through");
    file("outputs/a", "instead");
    file("outputs/ab", "beside");
    assertThat(told())
        .containsExactly(
            "link a -> b",
            "skipped a/x is or lies below what is a link",
            "skipped a is or lies below what is a link",
            "file ab: beside");
  }

  @Test
  void aHardLinkIsAFileOfItsOwnAndOneThatLeadsOutIsLeftOut() throws IOException {
    file("outputs/model", "weights");
    link("outputs/again", "outputs/model", TarConstants.LF_LINK);
    link("outputs/shadow", "/etc/shadow", TarConstants.LF_LINK);
    link("outputs/climbing", "outputs/../../etc/shadow", TarConstants.LF_LINK);
    link("outputs/gone", "outputs/nothing", TarConstants.LF_LINK);
    tars.put("outputs/model", single("model", "weights"));
    assertThat(told())
        .containsExactly(
            "file model: weights",
            "skipped shadow is a hard link to something outside of the directory",
            "skipped climbing is a hard link to something outside of the directory",
            "file again: weights",
            "skipped gone is a hard link to something that is not there");
  }

  @Test
  void devicesAndPipesAreLeftOut() throws IOException {
    for (byte type : new byte[] {TarConstants.LF_CHR, TarConstants.LF_BLK, TarConstants.LF_FIFO}) {
      tar.putArchiveEntry(new TarArchiveEntry("outputs/special", type));
      tar.closeArchiveEntry();
    }
    assertThat(told())
        .hasSize(3)
        .containsOnly("skipped special is neither a file, a directory nor a link");
  }

  @Test
  void aDirectoryThatBecameALinkIsNotFollowed() throws IOException {
    link("outputs", "/home", TarConstants.LF_SYMLINK);
    file("outputs/x", "not told");
    assertThat(told()).containsExactly("skipped  is not a directory any more, and is not followed");
  }

  @Test
  void theFileThatIsTooMuchAndWhatComesAfterItAreLeftOut() throws IOException {
    file("outputs/small", "x");
    byte[] before = open();
    byte[] header = new byte[512];
    new TarArchiveEntry("outputs/bomb") {
      {
        setSize(1L << 40);
      }
    }.writeEntryHeader(
        header,
        org.apache.commons.compress.archivers.zip.ZipEncodingHelper.getZipEncoding("UTF-8"),
        true);
    InputStream endless =
        new SequenceInputStream(
            new ByteArrayInputStream(before),
            new SequenceInputStream(new ByteArrayInputStream(header), new Zeros()));
    assertThat(told(new ArchiveEntries(path -> Optional.of(endless), "outputs", LIMIT)))
        .satisfiesExactly(
            first -> assertThat(first).isEqualTo("file small: x"),
            second -> assertThat(second).startsWith("skipped bomb is too much"));
  }

  @Test
  void aNameWithoutEndIsNotReadIntoMemory() throws IOException {
    byte[] header = new byte[512];
    var longName = new TarArchiveEntry("././@LongLink", TarConstants.LF_GNUTYPE_LONGNAME);
    longName.setSize(4L << 30);
    longName.writeEntryHeader(header);
    InputStream endless = new SequenceInputStream(new ByteArrayInputStream(header), new Zeros());
    assertThatThrownBy(
            () -> told(new ArchiveEntries(path -> Optional.of(endless), "outputs", LIMIT)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("header");
  }

  @Test
  void aTarThatIsCutOffInTheMiddleOfAFileIsAnErrorAndNotAShorterFile() throws IOException {
    file("outputs/model", "weights".repeat(1_000));
    byte[] cut = java.util.Arrays.copyOf(open(), 3_000);
    assertThatThrownBy(() ->
            told(
                new ArchiveEntries(
                    path -> Optional.of(new ByteArrayInputStream(cut)), "outputs", LIMIT)))
        .isInstanceOf(IOException.class);
  }

  @Test
  void noiseEndsInAnErrorOrInNothing() {
    var random = new Random(21);
    for (int i = 0; i < 500; i++) {
      byte[] noise = new byte[random.nextInt(4_096)];
      random.nextBytes(noise);
      var entries =
          new ArchiveEntries(
              path -> Optional.of(new ByteArrayInputStream(noise)), "outputs", LIMIT);
      try {
        assertThat(told(entries)).allMatch(entry -> entry.startsWith("skipped"));
      } catch (IOException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  @Test
  void onlyADirectoryWithSomethingInItIsThere() throws IOException {
    directory("outputs/");
    tars.put("outputs", close());
    assertThat(entries("outputs").areThere()).isFalse();
    assertThat(entries("logs").areThere()).isFalse();
    tars.put("logs", single("logs/x", "x"));
    assertThat(entries("logs").areThere()).isTrue();
  }

  private void directory(String name) throws IOException {
    tar.putArchiveEntry(new TarArchiveEntry(name, true));
    tar.closeArchiveEntry();
  }

  private void file(String name, String content) throws IOException {
    write(tar, name, content);
  }

  private static void write(TarArchiveOutputStream to, String name, String content)
      throws IOException {
    byte[] text = content.getBytes(StandardCharsets.UTF_8);
    var entry = new TarArchiveEntry(name, true);
    entry.setSize(text.length);
    to.putArchiveEntry(entry);
    to.write(text);
    to.closeArchiveEntry();
  }

  private void link(String name, String target, byte type) throws IOException {
    var entry = new TarArchiveEntry(name, type);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private static byte[] single(String name, String content) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var to = new TarArchiveOutputStream(out, "UTF-8")) {
      write(to, name, content);
    }
    return out.toByteArray();
  }

  /** What was written so far, as the beginning of a tar that goes on. */
  private byte[] open() throws IOException {
    tar.flush();
    return bytes.toByteArray();
  }

  private byte[] close() throws IOException {
    tar.close();
    return bytes.toByteArray();
  }

  private ArchiveEntries entries(String directory) {
    return new ArchiveEntries(
        path -> Optional.ofNullable(tars.get(path)).map(ByteArrayInputStream::new),
        directory,
        LIMIT);
  }

  private List<String> told() throws IOException {
    return told("outputs");
  }

  private List<String> told(String directory) throws IOException {
    tars.put(directory, close());
    return told(entries(directory));
  }

  private static List<String> told(ArchiveEntries entries) throws IOException {
    var told = new ArrayList<String>();
    entries.visit(entry ->
        told.add(
            switch (entry) {
              case Entry.Directory directory -> "directory " + directory.path();
              case Entry.Link link -> "link " + link.path() + " -> " + link.target();
              case Entry.Skipped left -> "skipped " + left.path() + " " + left.why();
              case Entry.File file -> {
                try (InputStream in = file.content().open()) {
                  yield "file "
                      + file.path()
                      + ": "
                      + new String(in.readNBytes((int) file.size()), StandardCharsets.UTF_8);
                }
              }
            }));
    return told;
  }

  private static final class Zeros extends InputStream {
    @Override
    public int read() {
      return 0;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      java.util.Arrays.fill(buffer, offset, offset + length, (byte) 'x');
      return length;
    }
  }
}
