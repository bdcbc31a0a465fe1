package dev.trainyard.builder.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.builder.tls.Authorities;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against real servers of git: http-backend, and sshd. */
class GitRepositoryTest {
  private static final String MAIN = "/open/sample.git";

  @TempDir static Path served;
  @TempDir static Path sshFiles;
  private static GitFixture fixture;
  private static GitHttpServer http;
  private static SshServer ssh;

  @TempDir Path directory;

  /** What is asked for, as a source that tests change in one place. */
  private record Wanted(
      String url, String branch, String tag, String commit, String path, Optional<Path> secret) {
    static Wanted at(String url) {
      return new Wanted(url, "", "", "", "", Optional.empty());
    }

    Wanted branch(String name) {
      return new Wanted(url, name, tag, commit, path, secret);
    }

    Wanted tag(String name) {
      return new Wanted(url, branch, name, commit, path, secret);
    }

    Wanted commit(String id) {
      return new Wanted(url, branch, tag, id, path, secret);
    }

    Wanted path(String name) {
      return new Wanted(url, branch, tag, commit, name, secret);
    }

    Wanted secret(Path directory) {
      return new Wanted(url, branch, tag, commit, path, Optional.of(directory));
    }

    GitSource source(boolean allowInsecure) {
      return new GitSource(
          url,
          Optional.of(branch).filter(text -> !text.isEmpty()),
          Optional.of(tag).filter(text -> !text.isEmpty()),
          Optional.of(commit).filter(text -> !text.isEmpty()),
          path,
          secret,
          new Authorities(Optional.empty(), "source.git.caConfigMapRef"),
          allowInsecure);
    }
  }

  @BeforeAll
  static void startServers() throws Exception {
    fixture = GitFixture.in(served);
    http = new GitHttpServer(served);
    ssh = SshServer.in(sshFiles);
  }

  @AfterAll
  static void endServers() {
    http.close();
    ssh.close();
  }

  @Test
  void withoutARefTheDefaultBranchIsMeant() throws Exception {
    assertThat(commit(main())).isEqualTo(fixture.newCommit());
  }

  @Test
  void filesKeepTheirBytesTheirExecutableBitAndTheirLinks() throws Exception {
    SourceFiles files = files(main());
    assertThat(files.entries().keySet())
        .containsExactly(
            ".gitignore",
            "link.py",
            "naïve/café.txt",
            "run.sh",
            "src/conda.yml",
            "src/deep/file",
            "src/train.py");
    assertThat(text(files, "src/train.py")).isEqualTo("print(\"new\")\n");
    assertThat(file(files, "run.sh").executable()).isTrue();
    assertThat(file(files, "src/train.py").executable()).isFalse();
    assertThat(files.entries()).containsEntry("link.py", new SourceFiles.Link("src/train.py"));
  }

  @Test
  void aBranchIsItsNewestCommit() throws Exception {
    Wanted wanted = main().branch("feature/one");
    assertThat(commit(wanted)).isEqualTo(fixture.oldCommit());
    assertThat(text(files(wanted), "src/train.py")).isEqualTo("print(\"old\")\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"light", "annotated"})
  void aTagIsTheCommitThatItIsOf(String tag) throws Exception {
    assertThat(commit(main().tag(tag))).isEqualTo(fixture.newCommit());
    assertThat(files(main().tag(tag)).entries()).hasSize(7);
  }

  @Test
  void aCommitIsFoundAnywhereInTheHistory() throws Exception {
    Wanted wanted = main().commit(fixture.oldCommit());
    assertThat(text(files(wanted), "src/train.py")).isEqualTo("print(\"old\")\n");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theHistoryStaysOnTheServer(boolean byCommit) throws Exception {
    Path target = Files.createTempDirectory(directory, "git");
    Wanted wanted = byCommit ? main().commit(fixture.newCommit()) : main().branch("main");
    try (GitRepository repository = GitRepository.open(wanted.source(true), target)) {
      repository.files(repository.commit());
    }
    assertThat(target.resolve("repository.git/shallow")).hasContent(fixture.newCommit());
  }

  @Test
  void aShortenedCommitIsCompleted() throws Exception {
    Wanted wanted = main().commit(fixture.oldCommit().substring(0, 7));
    assertThat(commit(wanted)).isEqualTo(fixture.oldCommit());
    assertThat(files(wanted).entries()).containsOnlyKeys("src/train.py");
  }

  @ParameterizedTest
  @ValueSource(strings = {"src", "src/", "./src", "src/."})
  void aPathIsTheSourceDirectory(String path) throws Exception {
    assertThat(files(main().path(path)).entries())
        .containsOnlyKeys("conda.yml", "deep/file", "train.py");
  }

  @ParameterizedTest
  @CsvSource({
    "branch, none, has no branch none.",
    "tag, none, has no tag none.",
    "tag, main, has no tag main.",
    "commit, 0123456789012345678901234567890123456789, has no commit 0123456789",
    "commit, 0123456, has no commit 0123456."
  })
  void aRefThatDoesNotExistIsNamed(String kind, String name, String message) {
    Wanted wanted =
        switch (kind) {
          case "branch" -> main().branch(name);
          case "tag" -> main().tag(name);
          default -> main().commit(name);
        };
    assertRefused(wanted, Reason.REF_NOT_FOUND, message);
  }

  @Test
  void aTagThatIsNotOfACommitIsNoSource() {
    assertRefused(main().tag("of-a-blob"), Reason.REF_NOT_FOUND, "has no tag of-a-blob");
  }

  @Test
  void aRepositoryWithoutACommitSaysSo() {
    assertRefused(
        Wanted.at(http.url("/open/none.git")), Reason.REF_NOT_FOUND, "has no commit yet.");
  }

  @ParameterizedTest
  @CsvSource({
    "none, not in the repository at its default branch",
    "src/none, not in the repository",
    "src/train.py, not a directory of the repository",
    "link.py, not a directory of the repository"
  })
  void aPathThatIsNoDirectoryIsNamed(String path, String message) {
    assertRefused(main().path(path), Reason.PATH_NOT_FOUND, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "src/../..", "/etc", "src/.."})
  void aPathThatLeadsOutIsRefused(String path) {
    assertRefused(main().path(path), Reason.PATH_ESCAPES, "leads out of the repository");
  }

  @ParameterizedTest
  @CsvSource({"escape, src/out", "absolute, out", "chain, out"})
  void aLinkThatLeadsOutIsRefused(String branch, String link) {
    assertRefused(main().branch(branch), Reason.PATH_ESCAPES, "The link '" + link + "' leads to");
  }

  @Test
  void aLinkMayNotLeaveThePathThatIsTheSource() {
    assertRefused(main().branch("chain").path("src"), Reason.PATH_ESCAPES, "'deep/up'");
  }

  @Test
  void aSubmoduleIsNamed() {
    assertRefused(main().branch("submodule"), Reason.SOURCE_INVALID, "'lib' is a submodule");
  }

  @Test
  void aPointerOfLfsIsNamedUnlessItIsIgnored() throws Exception {
    assertRefused(
        main().branch("lfs"), Reason.SOURCE_INVALID, "'model.bin' is a pointer of Git LFS");
    assertThat(files(main().branch("lfs-ignored")).entries()).doesNotContainKey("model.bin");
  }

  @Test
  void aNameThatIsNotUtf8IsNamed() {
    assertRefused(main().branch("latin"), Reason.SOURCE_INVALID, "'café.txt' has a name");
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://example.com/a.git, use https:// or ssh://",
    "file:///etc, it names no host",
    "/etc, it names no host",
    "git://example.com/a.git, use https:// or ssh://",
    "ext::sh -c true, use https:// or ssh://",
    "http://example.com/a.git, instead of http://",
    "https://127.0.0.1/a.git, this machine itself",
    "https://localhost/a.git, this machine itself",
    "https://169.254.169.254/latest, link-local",
    "https://10.96.0.1/a.git, private or of a cluster",
    "https://[::1]/a.git, this machine itself",
    "ssh://git@192.168.1.1/a.git, private or of a cluster",
    "git@127.0.0.1:a.git, this machine itself",
    "https:///a.git, it names no host"
  })
  void aUrlThatMayNotBeFetchedIsRefusedBeforeAnythingIsSent(String url, String message) {
    assertThatThrownBy(() -> GitRepository.open(Wanted.at(url).source(false), directory))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.URL_NOT_ALLOWED))
        .hasMessageContaining("source.git.url '" + url + "' is not allowed")
        .hasMessageContaining(message);
  }

  @Test
  void aServerThatAsksForALoginGetsIt() throws Exception {
    assertThat(commit(locked(GitHttpServer.PASSWORD + "\n"))).isEqualTo(fixture.newCommit());
  }

  @Test
  void aTokenIsAPasswordToo() throws Exception {
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Files.writeString(secret.resolve("username"), GitHttpServer.USER);
    Files.writeString(secret.resolve("token"), GitHttpServer.PASSWORD);
    assertThat(commit(Wanted.at(http.url("/locked/sample.git")).secret(secret)))
        .isEqualTo(fixture.newCommit());
  }

  @Test
  void aWrongPasswordIsRefusedAndNotShown() throws Exception {
    assertRefused(locked("wrong-hunter2"), Reason.AUTHENTICATION_FAILED, "check the Secret");
  }

  @Test
  void aServerThatWantsALoginSaysSoWithoutASecret() {
    assertRefused(
        Wanted.at(http.url("/locked/sample.git")),
        Reason.AUTHENTICATION_FAILED,
        "refuses the credentials, or wants some");
  }

  @Test
  void aSecretWithoutAPasswordIsNamed() throws Exception {
    Path secret = Files.createDirectory(directory.resolve("secret"));
    assertRefused(
        main().secret(secret), Reason.AUTHENTICATION_FAILED, "neither the key password nor token");
  }

  @Test
  void aRepositoryThatIsNotThereIsNotFound() {
    assertRefused(
        Wanted.at(http.url("/open/missing.git")),
        Reason.REPOSITORY_NOT_FOUND,
        "There is no Git repository at");
  }

  @Test
  void aServerInTroubleIsUnreachable() {
    assertRefused(Wanted.at(http.url("/broken/a.git")), Reason.SOURCE_UNREACHABLE, "503");
  }

  @Test
  void aServerThatIsDownIsUnreachable() throws IOException {
    assertRefused(
        Wanted.at("http://127.0.0.1:" + closedPort() + "/a.git"),
        Reason.SOURCE_UNREACHABLE,
        "cannot be reached");
  }

  @Test
  void aHostWithoutAnAddressIsUnreachable() {
    assertRefused(
        Wanted.at("https://no-such-host.invalid/a.git"),
        Reason.SOURCE_UNREACHABLE,
        "cannot be reached");
  }

  @Test
  void aRedirectIsFollowed() throws Exception {
    http.moveTo(http.url("/open"));
    assertThat(commit(Wanted.at(http.url("/moved/sample.git")))).isEqualTo(fixture.newCommit());
  }

  @Test
  void aRedirectToAnotherServerDoesNotGetTheLogin() throws Exception {
    try (var other = new GitHttpServer(served)) {
      http.moveTo(other.url("/locked"));
      Wanted wanted =
          Wanted.at(http.url("/moved/sample.git"))
              .secret(locked(GitHttpServer.PASSWORD).secret().orElseThrow());
      assertRefused(wanted, Reason.AUTHENTICATION_FAILED, "check the Secret");
      assertThat(other.seen()).isNotEmpty().noneMatch(seen -> seen.contains("authorized"));
    }
  }

  @Test
  void aConnectionThatARedirectAsksForIsHeldToTheSameRules() {
    var guarded = new GuardedConnections(false, null);
    assertThatThrownBy(() -> guarded.create(URI.create("https://10.0.0.1/a").toURL()))
        .isInstanceOf(GuardedConnections.RefusedException.class)
        .hasMessageContaining("private or of a cluster");
    assertThatThrownBy(() -> guarded.create(URI.create("http://example.com/a").toURL()))
        .isInstanceOf(GuardedConnections.RefusedException.class)
        .hasMessageContaining("without https");
  }

  @Test
  void aKeyAndAPinnedHostOpenARepositoryOverSsh() throws Exception {
    Wanted wanted = overSsh("sample.git", "client", "host");
    assertThat(commit(wanted)).isEqualTo(fixture.newCommit());
    assertThat(files(wanted).entries()).hasSize(7);
  }

  @Test
  void aCommitIsFetchedOverSsh() throws Exception {
    Wanted wanted = overSsh("sample.git", "client", "host").commit(fixture.oldCommit());
    assertThat(files(wanted).entries()).containsOnlyKeys("src/train.py");
  }

  @Test
  void aKeyThatTheServerDoesNotKnowIsRefused() throws Exception {
    assertRefused(
        overSsh("sample.git", "stranger", "host"),
        Reason.AUTHENTICATION_FAILED,
        "check the Secret");
  }

  @Test
  void aHostKeyThatIsNotThePinnedOneIsRefused() throws Exception {
    assertRefused(
        overSsh("sample.git", "client", "other-host"), Reason.HOST_KEY_REJECTED, "known_hosts");
  }

  @Test
  void aHostThatIsNotPinnedIsRefused() throws Exception {
    Wanted wanted = overSsh("sample.git", "client", "host");
    Files.writeString(
        wanted.secret().orElseThrow().resolve("known_hosts"),
        "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n");
    assertRefused(wanted, Reason.HOST_KEY_REJECTED, "known_hosts");
  }

  @ParameterizedTest
  @CsvSource({"known_hosts, HOST_KEY_REJECTED", "ssh-privatekey, AUTHENTICATION_FAILED"})
  void aKeyThatTheSecretLacksIsNamed(String key, Reason reason) throws Exception {
    Wanted wanted = overSsh("sample.git", "client", "host");
    Files.delete(wanted.secret().orElseThrow().resolve(key));
    assertRefused(wanted, reason, key + " is missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sealed", "client.pub"})
  void aKeyThatCannotBeUsedIsNamed(String key) throws Exception {
    assertRefused(
        overSsh("sample.git", key, "host"), Reason.AUTHENTICATION_FAILED, "without a passphrase");
  }

  @Test
  void aRepositoryThatIsNotThereIsNotFoundOverSsh() throws Exception {
    assertRefused(
        overSsh("missing.git", "client", "host"),
        Reason.REPOSITORY_NOT_FOUND,
        "There is no Git repository at");
  }

  @Test
  void anSshServerThatIsDownIsUnreachable() throws Exception {
    Path secret = ssh.secret(directory.resolve("secret"), "client", "host");
    assertRefused(
        Wanted.at("ssh://git@127.0.0.1:" + closedPort() + "/a.git").secret(secret),
        Reason.SOURCE_UNREACHABLE,
        "cannot be reached");
  }

  private static Wanted main() {
    return Wanted.at(http.url(MAIN));
  }

  private Wanted locked(String password) throws IOException {
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Files.writeString(secret.resolve("username"), GitHttpServer.USER);
    Files.writeString(secret.resolve("password"), password);
    return Wanted.at(http.url("/locked/sample.git")).secret(secret);
  }

  private Wanted overSsh(String repository, String key, String host) throws IOException {
    return Wanted.at(ssh.url(served.resolve(repository)))
        .secret(ssh.secret(directory.resolve("secret"), key, host));
  }

  private static int closedPort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private String commit(Wanted wanted) throws SourceException, IOException {
    try (GitRepository repository =
        GitRepository.open(wanted.source(true), Files.createTempDirectory(directory, "git"))) {
      return repository.commit();
    }
  }

  private SourceFiles files(Wanted wanted) throws SourceException, IOException {
    GitRepository repository =
        GitRepository.open(wanted.source(true), Files.createTempDirectory(directory, "git"));
    return repository.files(repository.commit());
  }

  private static SourceFiles.File file(SourceFiles files, String path) {
    return (SourceFiles.File) Objects.requireNonNull(files.entries().get(path));
  }

  private static String text(SourceFiles files, String path) throws IOException {
    try (InputStream in = file(files, path).content().open()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void assertRefused(Wanted wanted, Reason reason, String message) {
    assertThatThrownBy(() -> files(wanted))
        .isInstanceOfSatisfying(
            SourceException.class, e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason))
        .hasMessageContaining(message)
        .hasMessageEndingWith(".")
        .hasMessageNotContaining("hunter2");
  }
}
