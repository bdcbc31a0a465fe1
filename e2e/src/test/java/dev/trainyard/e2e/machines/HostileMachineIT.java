package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a machine says and does harms neither the operator nor other targets. */
@OnMachines
class HostileMachineIT {
  private final MachineYard machines;
  private final Machine one;
  private final HostileServer hostile;

  HostileMachineIT(MachineYard machines) throws IOException, GeneralSecurityException {
    this.machines = machines;
    this.one = machines.machine("one");
    this.hostile =
        new HostileServer(URI.create(machines.yard().client().getMasterUrl().toString()));
    machines.attached("good", one);
    machines.yard().secret("any", Map.of("password", "any"));
  }

  @AfterEach
  void end() {
    hostile.close();
  }

  @Test
  void aBannerWithoutEndIsNotListenedToForLong() throws IOException {
    Target target = attach("noise", hostile.tcp(HostileServer::noise));
    target.awaitReason("NotAnSshServer");
    assertOthersUnharmed("beside-noise");
  }

  @Test
  void aServerThatSaysNothingIsNotWaitedForLong() throws IOException {
    Target target = attach("silent", hostile.tcp(out -> {}));
    target.awaitReason("NotAnSshServer");
  }

  @Test
  void aBannerWithControlCharactersReachesNoStatus() throws IOException {
    Target target =
        attach(
            "rude",
            hostile.tcp(out ->
                out.write("SSH-9.9-\u001b[2Jevil\u0007\r\n".getBytes(StandardCharsets.UTF_8))));
    target.awaitReason("NotAnSshServer");
    assertThat(target.message()).doesNotContain("\u001b").doesNotContain("\u0007");
  }

  @Test
  void anAnswerWithoutEndIsCutOff() throws IOException {
    Target target = attach("endless", hostile.ssh(HostileServer::answersWithoutEnd));
    target.awaitReason("MachineNotUnderstood");
    assertThat(target.report()).doesNotContain("\u001b[2J").doesNotContain("\u202e");
    assertOthersUnharmed("beside-endless");
  }

  @Test
  void anExitCodeThatIsNoneIsTakenForALostRun() {
    Run run = latched("wrong-exit");
    String folder = "/home/azureuser/.trainyard/runs/" + run.attempts().getLast().backendId();
    on(one, "echo '0; touch /tmp/hacked' > " + folder + "/exit");
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).as(run::report).isEqualTo("InfrastructureLost");
    assertThat(run.message()).contains("exit code").contains("is not one");
    assertThat(on(one, "ls /tmp")).doesNotContain("hacked");
  }

  @Test
  void aFolderWhoseFilesAreLinksElsewhereTellsNothingOfWhereTheyLead() {
    Run run = latched("links");
    String folder = "/home/azureuser/.trainyard/runs/" + run.attempts().getLast().backendId();
    on(one, "echo canary-8f2a > /tmp/secret; chmod 600 /tmp/secret");
    on(one, "rm -f " + folder + "/output && ln -s /tmp/secret " + folder + "/output");
    on(one, "echo 0 > " + folder + "/exit");
    run.awaitEnd(RunPhase.COMPLETED);
    assertThat(run.report()).doesNotContain("canary-8f2a");
  }

  @Test
  void anOutputOfHundredsOfMegabytesIsReadFromItsEnd() {
    String script = "for i in range(4000):\n  print('x' * 100_000)\nprint('\\nthe end')";
    Run docker = machines.docker("loud", "good", script);
    Run bare = machines.bare("loud-bare", "good", script);
    for (Run run : new Run[] {docker, bare}) {
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(status.lastLog()).endsWith("the end").hasSizeLessThan(64 * 1024);
    }
  }

  private Run latched(String name) {
    Run run =
        machines.bare(
            name,
            "good",
            "import time\ntime.sleep(300)",
            "retryPolicy: {infrastructureRetries: 0}");
    run.awaitRunning();
    return run;
  }

  private Target attach(String name, int port) {
    return machines.attach(
        name,
        hostile.address(),
        "port: %d\nusername: any\npasswordSecretRef: {name: any, key: password}\nhostKeyFingerprint: %s"
            .formatted(port, hostile.fingerprint()));
  }

  private void assertOthersUnharmed(String name) {
    machines.bare(name, "good", "print(1)").awaitEnd(RunPhase.COMPLETED);
    assertThat(machines.target("good").reason()).isEqualTo("Ready");
    machines
        .yard()
        .client()
        .pods()
        .inNamespace("trainyard-system")
        .withLabel("app.kubernetes.io/component", "operator")
        .list()
        .getItems()
        .forEach(pod ->
            assertThat(pod.getStatus().getContainerStatuses().getFirst().getRestartCount())
                .isZero());
  }
}
