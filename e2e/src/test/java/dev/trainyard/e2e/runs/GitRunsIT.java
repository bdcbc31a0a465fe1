package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Sources from a Git server over ssh. It has an address of this machine, which an administrator has
 * to allow.
 */
@ExtendWith(YardExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.CONCURRENT)
class GitRunsIT {
  private static final String ALLOW = "TRAINYARD_ALLOW_INSECURE_SOURCES";

  private final Yard yard;
  private final GitServer server;

  GitRunsIT(Yard yard) throws IOException, GeneralSecurityException, GitAPIException {
    this.yard = yard;
    this.server = new GitServer(URI.create(yard.client().getMasterUrl().toString()));
  }

  @BeforeAll
  void fill() throws IOException, GitAPIException {
    yard.operator().configure(Map.of(ALLOW, "true"));
    server.commit(
        Map.of(
            "project/train.py", "import os\nprint(sorted(os.listdir('.')))",
            "project/.amlignore", "*.csv\n",
            "project/data.csv", "1,2,3",
            "elsewhere/big.bin", "not sent"));
    server.tag("v1");
    server.commitLink("escaping", "project/passwd", "/etc/passwd");
    login("git-login", server.knownHosts());
  }

  @AfterAll
  void close() throws IOException {
    server.close();
    yard.operator().configure(Map.of(ALLOW, "false"));
  }

  @Test
  void aDirectoryOfATagIsSentWithoutWhatItsIgnoreFileNames() {
    Run run = run("tagged", "tag: v1, path: project, secretRef: {name: git-login}");
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.lastLog())
        .isEqualTo("['.amlignore', 'logs', 'mlruns', 'outputs', 'train.py']");
    assertThat(run.snapshot().commit()).matches("[0-9a-f]{40}");
    assertThat(run.snapshot().files()).isEqualTo(2);
  }

  @Test
  void aTagThatDoesNotExistHoldsTheRunUntilItIsPushed() throws GitAPIException {
    Run run = run("early", "tag: v2, path: project, secretRef: {name: git-login}");
    run.awaitReason("RefNotFound");
    assertThat(run.message()).contains("v2").contains("repository.git");
    server.tag("v2");
    run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.eventReasons()).contains("RefNotFound", "Completed");
  }

  @Test
  void aScriptThatIsNotThereYetIsFetchedOnceItIsPushed() {
    server.commit(Map.of("later/readme.txt", "soon"));
    Run run = run("pushed-later", "branch: main, path: later, secretRef: {name: git-login}");
    run.awaitReason("ScriptNotFound");
    server.commit(Map.of("later/train.py", "print('here')"));
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("here");
  }

  @Test
  void aDirectoryThatDoesNotExistIsNamed() {
    Run run = run("nowhere", "branch: main, path: nowhere, secretRef: {name: git-login}");
    run.awaitReason("PathNotFound");
    assertThat(run.message()).contains("source.git.path 'nowhere'");
  }

  @Test
  void aLinkOutOfTheSourceIsRefused() {
    Run run = run("escaping", "branch: escaping, path: project, secretRef: {name: git-login}");
    run.awaitReason("PathEscapes");
    assertThat(run.message()).contains("passwd");
  }

  @Test
  void aHostKeyThatIsNotThePinnedOneIsRefused() {
    login("foreign-host", server.foreignKnownHosts());
    Run run = run("foreign", "branch: main, path: project, secretRef: {name: foreign-host}");
    run.awaitReason("HostKeyRejected");
    assertThat(run.message()).contains("known_hosts");
  }

  @Test
  void aMissingSecretHoldsTheRunUntilItIsThere() {
    Run run = run("no-secret", "branch: main, path: project, secretRef: {name: later-login}");
    run.awaitReason("SecretNotFound");
    assertThat(run.message()).contains("source.git.secretRef").contains("later-login");
    assertThat(run.jobs()).isEmpty();
    login("later-login", server.knownHosts());
    run.awaitEnd(RunPhase.COMPLETED);
  }

  private void login(String name, String knownHosts) {
    yard.secret(name, Map.of("ssh-privatekey", server.privateKey(), "known_hosts", knownHosts));
  }

  private Run run(String name, String git) {
    return yard.run(
        name,
        """
        script: train.py
        source: {git: {url: "%s", %s}}
        runConfiguration: {environment: {python: {userManagedDependencies: true}}}
        """
            .formatted(server.sshUrl(), git));
  }
}
