package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static dev.trainyard.e2e.machines.MachineYard.pin;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A target says which check of its machine failed and what to do, and recovers by itself. */
@OnMachines
class PreflightIT {
  private static final String OTHER_KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
  private static final String WITH_KEY =
      "username: azureuser\nprivateKeySecretRef: {name: login, key: key}\n";
  private static final String WITH_PASSWORD =
      "username: azureuser\npasswordSecretRef: {name: login, key: password}\n";

  private final MachineYard machines;
  private final Machine one;

  PreflightIT(MachineYard machines) {
    this.machines = machines;
    this.one = machines.machine("one");
    machines.login("login");
  }

  @Test
  void aReadyMachineTellsWhatItIs() {
    Target target = machines.attached("ready", one);
    var machine = Objects.requireNonNull(target.status().machine());
    assertThat(machine.os()).isEqualTo("Ubuntu 22.04.5 LTS");
    assertThat(machine.architecture()).isEqualTo("x86_64");
    assertThat(machine.cores()).isPositive();
    assertThat(machine.memoryMiB()).isPositive();
    assertThat(machine.dockerVersion()).isNotBlank();
    assertThat(target.message()).contains("Ubuntu").contains("Docker").endsWith("takes runs.");
    assertThat(target.check("Login")).isEqualTo("Passed");
    assertThat(target.check("Docker")).isEqualTo("Passed");
  }

  @Test
  void aHostKeyIsOnlyTrustedOnceItWasConfirmed() {
    Target target = machines.attach("unpinned", one.address(), WITH_KEY);
    target.awaitReason("HostKeyNotPinned");
    Matcher seen = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}").matcher(target.message());
    assertThat(seen.find()).as(target::report).isTrue();
    assertThat(target.check("HostKey")).isEqualTo("Failed");
    assertThat(target.check("Login")).isEqualTo("NotReached");
    machines.attach("unpinned", one.address(), WITH_KEY + "hostKeyFingerprint: " + seen.group());
    target.awaitReason("Ready");
  }

  @Test
  void aHostKeyThatIsNotThePinnedOneIsNeverSpokenTo() {
    Target target =
        machines.attach(
            "other-key",
            one.address(),
            WITH_PASSWORD + "knownHosts: '" + one.address() + " " + OTHER_KEY + "'");
    target.awaitReason("HostKeyChanged");
    assertThat(target.message()).contains("nothing was sent to it");
    assertThat(target.check("Login")).isEqualTo("NotReached");
  }

  @Test
  void aPasswordThatIsWrongIsRefusedAndTheRightOneIsPickedUp() {
    machines.yard().secret("changing", Map.of("password", "not-this-one"));
    Target target =
        machines.attach(
            "password",
            one.address(),
            "username: azureuser\npasswordSecretRef: {name: changing, key: password}\n" + pin(one));
    target.awaitReason("LoginRefused");
    assertThat(target.message()).contains("azureuser").contains("password").contains("Secret");
    assertThat(target.message()).doesNotContain("not-this-one");
    machines.yard().secret("changing", Map.of("password", Machine.PASSWORD));
    target.awaitReason("Ready");
  }

  @Test
  void aKeyThatIsRotatedIsPickedUp() {
    Machine rotated = machines.machine("rotated");
    Target target = machines.attached("rotated", rotated);
    on(rotated, "mkdir -p /tmp/new && ssh-keygen -q -t ed25519 -N '' -f /tmp/new/key");
    on(rotated, "cat /tmp/new/key.pub > /home/azureuser/.ssh/authorized_keys");
    on(rotated, "pkill -f '[s]shd: azureuser' || true");
    target.awaitReason("LoginRefused");
    machines.yard().secret("rotated", Map.of("key", on(rotated, "cat /tmp/new/key") + "\n"));
    target.awaitReason("Ready");
  }

  @Test
  void aSecretThatIsMissingIsNamedAndPickedUp() {
    Target target =
        machines.attach(
            "secret",
            one.address(),
            "username: azureuser\npasswordSecretRef: {name: later, key: password}\n" + pin(one));
    target.awaitReason("SecretNotFound");
    assertThat(target.message()).contains("later").contains("create it");
    machines.yard().secret("later", Map.of("password", Machine.PASSWORD));
    target.awaitReason("Ready");
  }

  @Test
  void aKeyThatCannotBeReadSaysWhatItNeeds() {
    machines.yard().secret("broken", Map.of("key", "-----BEGIN nothing"));
    Target target =
        machines.attach(
            "broken",
            one.address(),
            "username: azureuser\nprivateKeySecretRef: {name: broken, key: key}\n" + pin(one));
    target.awaitReason("PrivateKeyInvalid");
    assertThat(target.message()).contains("OpenSSH or PEM format");
  }

  @Test
  void aPortWhereNothingListensIsNotReached() {
    Target target = machines.attach("closed", one.address(), WITH_KEY + "port: 2222\n" + pin(one));
    target.awaitReason("HostUnreachable");
    assertThat(target.message()).contains(one.address() + ":2222").contains("firewall");
    assertThat(target.check("DNS")).isEqualTo("Passed");
    assertThat(target.check("TCP")).isEqualTo("Failed");
  }

  @Test
  void aNameThatIsNotKnownIsNotResolved() {
    Target target = machines.attach("unknown", "machine.invalid", WITH_KEY);
    target.awaitReason("HostNotFound");
    assertThat(target.message()).contains("machine.invalid").contains("DNS");
  }

  @Test
  void whatDoesNotSpeakSshIsNotAnSshServer() {
    on(one, "cd / && nohup python3 -m http.server 8022 > /dev/null 2>&1 &");
    Target target = machines.attach("http", one.address(), WITH_KEY + "port: 8022\n" + pin(one));
    target.awaitReason("NotAnSshServer");
    assertThat(target.message()).contains("does not speak SSH");
  }

  @Test
  void aSystemOtherThanUbuntuIsRefused() {
    Machine debian = machines.machine("debian");
    on(debian, "printf 'ID=debian\\nPRETTY_NAME=\"Debian GNU/Linux 12\"\\n' > /usr/lib/os-release");
    machines.login("debian");
    Target target =
        machines.attach(
            "debian",
            debian.address(),
            "username: azureuser\nprivateKeySecretRef: {name: debian, key: key}\n" + pin(debian));
    target.awaitReason("NotUbuntu");
    assertThat(target.message())
        .isEqualTo("The machine runs Debian GNU/Linux 12: only Ubuntu is supported.");
  }

  @Test
  void aUserWhoMayNotUseDockerIsToldHowAndStillRunsWithout() {
    Target target =
        machines.attach("plain", one.address(), WITH_KEY.replace("azureuser", "plain") + pin(one));
    target.awaitReason("DockerUnavailable");
    assertThat(target.message()).contains("sudo usermod -aG docker plain");
    Run held = machines.docker("held", "plain", "print(1)");
    Run bare = machines.bare("plain", "plain", "print('bare')");
    bare.awaitEnd(RunPhase.COMPLETED);
    assertThat(bare.status().lastLog()).isEqualTo("bare");
    held.awaitReason("ComputeTargetNotReady");
    held.cancel();
    held.awaitEnd(RunPhase.CANCELED);
  }

  @Test
  void aMachineWithoutDockerSaysHowToInstallItAndRecovers() {
    Machine stopped = machines.machine("stopped");
    Target target = machines.attached("stopped", stopped);
    on(stopped, "kill $(cat /var/run/docker.pid); rm -f /var/run/docker.sock");
    target.awaitReason("DockerUnavailable");
    assertThat(target.message()).contains("apt-get install docker.io");
    on(
        stopped,
        "nohup dockerd --exec-opt native.cgroupdriver=cgroupfs --oom-score-adjust=0 >"
            + " /var/log/dockerd.log 2>&1 &");
    target.awaitReason("Ready");
  }

  @Test
  void anArchitectureADiskAndAClockThatRunsCannotUseAreNamedUntilTheyAreMended() {
    Machine odd = machines.machine("odd");
    machines.login("odd");
    assertNamedUntilMended(
        odd,
        "uname",
        "echo aarch64",
        "ArchitectureNotSupported",
        "architecture is aarch64, and run images are made for x86_64");
    assertNamedUntilMended(
        odd,
        "df",
        "printf 'Filesystem 1M-blocks Used Available\\n/dev/sda1 9000 8500 500\\n'",
        "MachineDiskFull",
        "Only 500 MiB of the machine's disk are free");
    assertNamedUntilMended(
        odd,
        "date",
        "/usr/bin/date --date='20 minutes ago' \"$@\"",
        "ClockWrong",
        "The machine's clock is 20 minutes behind");
  }

  /** The command says something else than it should, and then what it should. */
  private void assertNamedUntilMended(
      Machine odd, String command, String says, String reason, String told) {
    String other = "/usr/local/bin/" + command;
    on(odd, "cat > %1$s <<'IN'\n#!/bin/sh\n%2$s\nIN\nchmod +x %1$s".formatted(other, says));
    Target target =
        machines.attach(
            "odd-" + command,
            odd.address(),
            "username: azureuser\nprivateKeySecretRef: {name: odd, key: key}\n" + pin(odd));
    target.awaitReason(reason);
    assertThat(target.message()).contains(told);
    on(odd, "rm " + other);
    target.awaitReason("Ready");
  }
}
