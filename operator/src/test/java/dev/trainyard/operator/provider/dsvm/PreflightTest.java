package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PreflightTest {
  private static final String GOOD =
      """
      os-id=ubuntu
      os=Ubuntu 22.04.5 LTS
      architecture=x86_64
      cores=2
      memory=24105
      free=90000
      docker-command=yes
      docker-socket=yes
      docker-access=yes
      now=1000000
      """;
  private final MachineChecks machineChecks =
      new MachineChecks(Clock.fixed(Instant.ofEpochSecond(1_000_030), ZoneOffset.UTC));

  @Test
  void aGoodMachineHasNoTrouble() {
    assertThat(check(GOOD, "20.10.24")).allMatch(check -> check.trouble().isEmpty());
  }

  @ParameterizedTest(name = "{0} for {1}: {2}")
  @CsvSource({
    "os-id=ubuntu, os-id=debian, NOT_UBUNTU, only Ubuntu is supported",
    "os-id=ubuntu, os-id=, MACHINE_NOT_UNDERSTOOD, Only Ubuntu is supported",
    "architecture=x86_64, architecture=aarch64, ARCHITECTURE_NOT_SUPPORTED, aarch64",
    "docker-socket=yes, x=y, DOCKER_UNAVAILABLE, apt-get install docker.io",
    "docker-access=yes, x=y, DOCKER_UNAVAILABLE, usermod -aG docker azureuser",
    "free=90000, free=12, MACHINE_DISK_FULL, Only 12 MiB",
    "free=90000, free=many, MACHINE_NOT_UNDERSTOOD, df -Pm",
    "now=1000000, now=990000, CLOCK_WRONG, 167 minutes behind",
    "now=1000000, now=, MACHINE_NOT_UNDERSTOOD, date",
  })
  void eachTroubleHasItsReasonAndSaysWhatToDo(
      String good, String bad, Reason reason, String words) {
    var troubles =
        check(GOOD.replace(good, bad), bad.equals("x=y") ? "" : "20.10.24").stream()
            .filter(check -> check.trouble().isPresent())
            .toList();

    assertThat(troubles)
        .singleElement()
        .satisfies(check -> {
          assertThat(check.trouble()).contains(reason);
          assertThat(check.message()).contains(words);
        });
  }

  @ParameterizedTest
  @EnumSource
  void eachWayToFailOnTheWayStopsAtOneCheck(SshFailure.Kind kind) {
    TargetState state = Preflight.unreached(new SshFailure(kind, "it is so"));

    assertThat(state.ready()).isFalse();
    assertThat(state.message()).isEqualTo("It is so.");
    assertThat(state.checks()).hasSize(Check.Name.values().length);
    assertThat(state.checks()).filteredOn(check -> check.result().equals("Failed")).hasSize(1);
  }

  @Test
  void gpusAreNamed() {
    var facts = MachineFacts.parse("gpu=Tesla K80, 470.1\ngpu=Tesla K80, 470.1\n");

    assertThat(facts.gpus()).containsExactly("Tesla K80", "Tesla K80");
    assertThat(facts.gpuDriver()).contains("470.1");
  }

  private List<Check> check(String answer, String docker) {
    return machineChecks.of(
        MachineFacts.parse(answer),
        docker,
        docker.isEmpty() ? Optional.of("refused") : Optional.empty(),
        "azureuser");
  }
}
