package dev.trainyard.builder.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.trainyard.builder.tls.Authorities;
import dev.trainyard.oci.Digest;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArchiveSourceTest {
  @TempDir private Path root = Path.of("");

  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aGzippedTarIsLaidOutWithItsExecutablesAndLinks() throws Exception {
    byte[] archive = tarGz("project/train.py", "print(1)", "project/latest", "train.py");
    unpack(archive, Digest.of(archive).hex());
    assertThat(root.resolve("project/train.py")).hasContent("print(1)").isExecutable();
    assertThat(Files.readSymbolicLink(root.resolve("project/latest")))
        .isEqualTo(Path.of("train.py"));
  }

  @Test
  void aZipIsToldByItsFirstBytes() throws Exception {
    byte[] archive = zip("project/train.py", "print(2)");
    unpack(archive, Digest.of(archive).hex());
    assertThat(root.resolve("project/train.py")).hasContent("print(2)");
  }

  @Test
  void aFileWithAnotherDigestIsNotUnpackedAndBothDigestsAreNamed() throws IOException {
    byte[] archive = zip("train.py", "print(1)");
    String other = "0".repeat(64);
    assertThatThrownBy(() -> unpack(archive, other))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_INVALID))
        .hasMessageContaining(other)
        .hasMessageContaining(Digest.of(archive).hex());
    assertThat(root).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource({"../outside", "project/../../outside", "/../outside"})
  void anEntryThatLeadsOutIsRefused(String name) throws IOException {
    byte[] archive = zip(name, "x");
    assertThatThrownBy(() -> unpack(archive, Digest.of(archive).hex()))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.PATH_ESCAPES));
    assertThat(root.resolveSibling("outside")).doesNotExist();
  }

  @Test
  void nothingIsWrittenThroughALink() throws IOException {
    byte[] archive = tarOfLinkThenFile();
    assertThatThrownBy(() -> unpack(archive, Digest.of(archive).hex()))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.PATH_ESCAPES))
        .hasMessageContaining("below a link");
  }

  @Test
  void whatIsNoArchiveIsSaid() {
    byte[] text = "<html>Sign in</html>".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> unpack(text, Digest.of(text).hex()))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_INVALID));
  }

  @ParameterizedTest
  @CsvSource({
    "401, AUTHENTICATION_FAILED",
    "403, AUTHENTICATION_FAILED",
    "404, PATH_NOT_FOUND",
    "500, SOURCE_UNREACHABLE"
  })
  void anAnswerOfTheServerIsAReason(int status, Reason reason) {
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    assertThatThrownBy(() -> source(url("/a.zip"), "0".repeat(64), true).unpack(root))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(reason))
        .hasMessageContaining(Integer.toString(status));
  }

  @Test
  void redirectsAreFollowedButNotForEver() throws Exception {
    byte[] archive = zip("train.py", "print(3)");
    server.createContext(
        "/moved",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/archive");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.createContext(
        "/round",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "/round");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    serve(archive);
    source(url("/moved"), Digest.of(archive).hex(), true).unpack(root);
    assertThat(root.resolve("train.py")).hasContent("print(3)");
    assertThatThrownBy(() -> source(url("/round"), "0".repeat(64), true).unpack(root))
        .isInstanceOf(SourceException.class)
        .hasMessageContaining("redirects");
  }

  @ParameterizedTest
  @CsvSource({
    "http://files.example.com/a.zip, https://",
    "https://127.0.0.1/a.zip, 127.0.0.1",
    "https://169.254.169.254/a.zip, 169.254.169.254",
    "https://10.96.0.1/a.zip, allowInsecureSources"
  })
  void plainHttpAndAddressesOfTheClusterAreNotAllowed(String url, String named) {
    assertThatThrownBy(() -> source(url, "0".repeat(64), false).unpack(root))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.URL_NOT_ALLOWED))
        .hasMessageContaining(named);
  }

  @Test
  void aTrustedHostMaySpeakHttpFromAPrivateAddressAndNoOtherMay() throws Exception {
    byte[] archive = zip("train.py", "print(4)");
    serve(archive);
    source(url("/archive"), Digest.of(archive).hex(), false, Set.of("127.0.0.1"), Optional.empty())
        .unpack(root);
    assertThat(root.resolve("train.py")).hasContent("print(4)");
    ArchiveSource other =
        source(url("/archive"), "0".repeat(64), false, Set.of("flux.test"), Optional.empty());
    assertThatThrownBy(() -> other.unpack(root))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.URL_NOT_ALLOWED))
        .hasMessageContaining("flux.test")
        .hasMessageContaining("fluxHosts");
  }

  @Test
  void aServerOfAPrivateAuthorityIsTrustedWhenTheAuthorityIsGivenAndTheFieldIsNamedOtherwise()
      throws Exception {
    byte[] archive = zip("train.py", "print(5)");
    String digest = Digest.of(archive).hex();
    try (var https = new PrivateServer(archive, root.resolveSibling("authority"))) {
      assertThatThrownBy(() -> source(https.url(), digest, true).unpack(root))
          .isInstanceOfSatisfying(
              SourceException.class,
              e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_UNREACHABLE))
          .hasMessageContaining("not trusted")
          .hasMessageContaining("source.archive.caConfigMapRef");
      source(https.url(), digest, true, Set.of(), Optional.of(https.authority())).unpack(root);
    }
    assertThat(root.resolve("train.py")).hasContent("print(5)");
  }

  @Test
  void anAuthorityThatIsNoneIsSaid() throws IOException {
    Path file = Files.writeString(root.resolve("ca.crt"), "no certificate");
    ArchiveSource source =
        source("https://files.example.com/a", "0".repeat(64), true, Set.of(), Optional.of(file));
    assertThatThrownBy(() -> source.unpack(root))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.SOURCE_INVALID))
        .hasMessageContaining("ca.crt")
        .hasMessageContaining("source.archive.caConfigMapRef");
  }

  private void unpack(byte[] archive, String sha256) throws SourceException, IOException {
    serve(archive);
    source(url("/archive"), sha256, true).unpack(root);
  }

  private void serve(byte[] archive) {
    server.createContext(
        "/archive",
        exchange -> {
          exchange.sendResponseHeaders(200, archive.length);
          exchange.getResponseBody().write(archive);
          exchange.close();
        });
  }

  private String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  private static ArchiveSource source(String url, String sha256, boolean allowInsecure) {
    return source(url, sha256, allowInsecure, Set.of(), Optional.empty());
  }

  private static ArchiveSource source(
      String url,
      String sha256,
      boolean allowInsecure,
      Set<String> trustedHosts,
      Optional<Path> authorities) {
    return new ArchiveSource(
        url,
        sha256,
        "source.archive",
        allowInsecure,
        trustedHosts,
        new Authorities(authorities, "source.archive.caConfigMapRef"));
  }

  private static byte[] zip(String name, String content) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipArchiveOutputStream(bytes)) {
      zip.putArchiveEntry(new ZipArchiveEntry(name));
      zip.write(content.getBytes(StandardCharsets.UTF_8));
      zip.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  private static byte[] tarGz(String file, String content, String link, String target)
      throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      file(tar, file, content);
      link(tar, link, target);
    }
    return bytes.toByteArray();
  }

  private static byte[] tarOfLinkThenFile() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes)) {
      link(tar, "out", "/tmp");
      file(tar, "out/file", "x");
    }
    return bytes.toByteArray();
  }

  private static void file(TarArchiveOutputStream tar, String name, String content)
      throws IOException {
    var entry = new TarArchiveEntry(name);
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    entry.setSize(bytes.length);
    entry.setMode(0755);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static void link(TarArchiveOutputStream tar, String name, String target)
      throws IOException {
    var entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
    entry.setLinkName(target);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }
}
