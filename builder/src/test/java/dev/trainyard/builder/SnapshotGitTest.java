package dev.trainyard.builder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.builder.git.GitFixture;
import dev.trainyard.builder.git.GitHttpServer;
import dev.trainyard.oci.DockerRegistry;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** The command as the Job runs it, from a real server of git into a real registry. */
class SnapshotGitTest {
  @TempDir static Path served;
  @TempDir static Path registryFiles;
  private static GitFixture fixture;
  private static GitHttpServer git;
  private static DockerRegistry registry;

  @TempDir Path directory;

  @BeforeAll
  static void startServers() throws Exception {
    fixture = GitFixture.in(served);
    git = new GitHttpServer(served);
    registry = DockerRegistry.locked(registryFiles);
  }

  @AfterAll
  static void endServers() {
    git.close();
    registry.close();
  }

  @Test
  void aSourceIsPackedAndTheCommitIsNamed() throws Exception {
    JsonNode result = run(0, "packed", "/open/sample.git", "--path=src");
    assertThat(result.path("ok").asBoolean()).isTrue();
    assertThat(result.path("commit").asText()).isEqualTo(fixture.newCommit());
    assertThat(result.path("files").asInt()).isEqualTo(3);
    assertThat(result.path("pushedBytes").asLong()).isPositive();
    assertThat(result.path("digest").asText()).startsWith("sha256:");
  }

  @Test
  void anUnchangedCommitIsNeitherFetchedNorPushedAgain() throws Exception {
    JsonNode first = run(0, "unchanged", "/open/sample.git", "--branch=main");
    git.seen().clear();
    JsonNode second = run(0, "unchanged", "/open/sample.git", "--tag=annotated");
    assertThat(second.path("digest")).isEqualTo(first.path("digest"));
    assertThat(second.path("commit")).isEqualTo(first.path("commit"));
    assertThat(second.path("files")).isEqualTo(first.path("files"));
    assertThat(second.path("pushedBytes").asLong()).isZero();
    // The list of refs is one request; the commit would be another.
    assertThat(git.seen()).filteredOn(seen -> seen.startsWith("POST")).hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void theSameFilesOfAnotherCommitAreFetchedButNotPushed() throws Exception {
    JsonNode first = run(0, "same", "/open/sample.git", "--branch=escape", "--path=naïve");
    JsonNode second = run(0, "same", "/open/sample.git", "--branch=absolute", "--path=naïve");
    assertThat(second.path("commit")).isNotEqualTo(first.path("commit"));
    assertThat(second.path("digest")).isEqualTo(first.path("digest"));
    assertThat(second.path("pushedBytes").asLong()).isZero();
  }

  @Test
  void whatWasRememberedIsNotGivenToOneWhoMayNotReadIt() throws Exception {
    run(0, "closed", "/locked/sample.git", "--secret-directory=" + login());
    JsonNode stranger = run(3, "closed", "/locked/sample.git");
    assertThat(stranger.path("reason").asText()).isEqualTo("AuthenticationFailed");
  }

  @Test
  void noSecretIsInTheResult() throws Exception {
    JsonNode result =
        run(3, "canary", "/locked/sample.git", "--secret-directory=" + login(), "--branch=none");
    assertThat(result.toString()).contains("RefNotFound").doesNotContain(GitHttpServer.PASSWORD);
  }

  @Test
  void aServerInTroubleIsPassing() throws Exception {
    JsonNode result = run(4, "trouble", "/broken/a.git");
    assertThat(result.path("reason").asText()).isEqualTo("SourceUnreachable");
  }

  @Test
  void anUrlOfThisMachineIsRefusedUnlessAnAdministratorAllowsIt() throws Exception {
    JsonNode result = run(3, "insecure", "/open/sample.git", "--allow-insecure-sources=false");
    assertThat(result.path("reason").asText()).isEqualTo("UrlNotAllowed");
  }

  @Test
  void aRegistryThatRefusesUsIsNamed() throws Exception {
    Path config = directory.resolve("wrong.json");
    Files.writeString(config, DockerRegistry.config(registry.host(), DockerRegistry.USER, "wrong"));
    JsonNode result = run(4, "refused", "/open/sample.git", "--registry-config=" + config);
    assertThat(result.path("reason").asText()).isEqualTo("RegistryUnauthorized");
    assertThat(result.path("message").asText()).contains(registry.host() + "/trainyard/refused");
  }

  @Test
  void credentialsThatCannotBeReadAreNamed() throws Exception {
    Path config = Files.writeString(directory.resolve("broken.json"), "hunter2");
    JsonNode result = run(4, "broken", "/open/sample.git", "--registry-config=" + config);
    assertThat(result.path("reason").asText()).isEqualTo("RegistryUnauthorized");
    assertThat(result.toString()).contains("Docker config.json").doesNotContain("hunter2");
  }

  @ParameterizedTest
  @EnumSource(RegistryException.Kind.class)
  void everyTroubleOfARegistryHasItsReason(RegistryException.Kind kind) {
    JsonNode content = SnapshotResult.of(new RegistryException(kind, "It is so")).content();
    assertThat(content.path("reason").asText()).startsWith("Registry");
    assertThat(content.path("message").asText()).isEqualTo("It is so.");
  }

  @Test
  void aLongMessageIsCutWhereTheKubeletWouldBreakIt() throws Exception {
    var long1 = new SourceException(SourceException.Reason.SOURCE_INVALID, "é\u0001".repeat(4_000));
    SnapshotResult result = SnapshotResult.of(long1);
    assertThat(result.json()).hasSizeLessThanOrEqualTo(4_096);
    assertThat(new ObjectMapper().readTree(result.json()).path("message").asText()).endsWith("...");
  }

  private JsonNode run(int code, String namespace, String repository, String... more)
      throws IOException {
    Path config = directory.resolve("config.json");
    Files.writeString(
        config,
        DockerRegistry.config(registry.host(), DockerRegistry.USER, DockerRegistry.PASSWORD));
    Path result = directory.resolve("result");
    var arguments =
        new ArrayList<>(
            List.of(
                "snapshot-git",
                "--url=" + git.url(repository),
                "--repository=" + registry.host() + "/trainyard/" + namespace,
                "--result=" + result));
    var defaults =
        List.of(
            "--registry-insecure=true",
            "--allow-insecure-sources=true",
            "--registry-config=" + config);
    for (String option : defaults) {
      String name = option.substring(0, option.indexOf('=') + 1);
      if (List.of(more).stream().noneMatch(given -> given.startsWith(name))) {
        arguments.add(option);
      }
    }
    arguments.addAll(List.of(more));
    int ended =
        new CommandLine(new SnapshotGit())
            .execute(arguments.subList(1, arguments.size()).toArray(String[]::new));
    String text = Files.readString(result);
    assertThat(ended).as(text).isEqualTo(code);
    return new ObjectMapper().readTree(text);
  }

  private Path login() throws IOException {
    Path secret = Files.createDirectory(directory.resolve("secret"));
    Files.writeString(secret.resolve("username"), GitHttpServer.USER);
    Files.writeString(secret.resolve("password"), GitHttpServer.PASSWORD);
    return secret;
  }
}
