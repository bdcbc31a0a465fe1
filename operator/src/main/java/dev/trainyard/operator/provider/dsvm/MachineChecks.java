package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The checks on a machine, once it is reached: one for each thing that it tells of itself. */
final class MachineChecks {
  private static final long LEAST_MIB = 1_024;
  private static final long LEAST_HOME_MIB = 64;
  private static final Duration MOST_SKEW = Duration.ofMinutes(5);

  private final Clock clock;

  MachineChecks(Clock clock) {
    this.clock = clock;
  }

  /**
   * The checks, in their order. Pure.
   *
   * @param dockerVersion as the engine tells it; empty when it does not answer
   * @param refusal what was said instead of an answer of the engine
   * @param user who logged in
   */
  List<Check> of(MachineFacts facts, String dockerVersion, Optional<String> refusal, String user) {
    return List.of(
        ubuntu(facts),
        architecture(facts),
        docker(facts, dockerVersion, refusal, user),
        disk(facts),
        time(facts),
        Check.passed(
            Check.Name.GPU,
            facts.gpus().isEmpty()
                ? "nvidia-smi finds no GPU: runs that ask for one wait."
                : facts.gpus().size()
                    + " GPU, driver "
                    + facts.gpuDriver().orElse("unknown")
                    + "."));
  }

  private static Check ubuntu(MachineFacts facts) {
    if (facts.osId().equals("ubuntu")) {
      return Check.passed(Check.Name.UBUNTU, facts.os() + ".");
    }
    return facts.osId().isEmpty()
        ? Check.failed(
            Check.Name.UBUNTU,
            Reason.MACHINE_NOT_UNDERSTOOD,
            "The machine does not say what system it runs: /etc/os-release cannot be read with the"
                + " user's login shell. Only Ubuntu is supported.")
        : Check.failed(
            Check.Name.UBUNTU,
            Reason.NOT_UBUNTU,
            "The machine runs " + facts.os() + ": only Ubuntu is supported.");
  }

  private static Check architecture(MachineFacts facts) {
    return facts.architecture().equals("x86_64")
        ? Check.passed(Check.Name.ARCHITECTURE, "x86_64.")
        : Check.failed(
            Check.Name.ARCHITECTURE,
            Reason.ARCHITECTURE_NOT_SUPPORTED,
            "The machine's architecture is "
                + facts.architecture()
                + ", and run images are made for x86_64.");
  }

  private static Check docker(
      MachineFacts facts, String version, Optional<String> refusal, String user) {
    String without = " Runs with environment.docker.enabled false go there all the same.";
    if (refusal.isEmpty() && !version.isEmpty() && facts.hasDockerCommand()) {
      return Check.passed(Check.Name.DOCKER, "Docker " + version + " answers.");
    }
    String what;
    if (!facts.hasDockerSocket()) {
      what =
          "Docker is not installed or not running: there is no "
              + Engine.SOCKET
              + ". Install it (`sudo apt-get install docker.io`) or start it (`sudo systemctl start"
              + " docker`).";
    } else if (!facts.mayUseDockerSocket()) {
      what =
          "The user "
              + user
              + " may not use Docker: type `sudo usermod -aG docker "
              + user
              + "` on the machine.";
    } else if (!facts.hasDockerCommand()) {
      what = "The command docker is not in the PATH of the user " + user + ": install docker-cli.";
    } else {
      what = "Docker does not answer: " + refusal.orElse("it does not tell its version") + ".";
    }
    return Check.failed(Check.Name.DOCKER, Reason.DOCKER_UNAVAILABLE, what + without);
  }

  private static Check disk(MachineFacts facts) {
    if (facts.freeMiB().isEmpty()) {
      return Check.failed(
          Check.Name.DISK,
          Reason.MACHINE_NOT_UNDERSTOOD,
          "The machine does not say how much of its disk is free: `df -Pm` fails there.");
    }
    if (facts.homeFreeMiB().filter(free -> free < LEAST_HOME_MIB).isPresent()) {
      return Check.failed(
          Check.Name.DISK,
          Reason.MACHINE_DISK_FULL,
          "Only "
              + facts.homeFreeMiB().get()
              + " MiB are free in the home folder of the machine's user, where runs without Docker"
              + " lie: remove what is not needed.");
    }
    return facts.freeMiB().get() >= LEAST_MIB
        ? Check.passed(Check.Name.DISK, "At least " + LEAST_MIB + " MiB are free.")
        : Check.failed(
            Check.Name.DISK,
            Reason.MACHINE_DISK_FULL,
            "Only "
                + facts.freeMiB().get()
                + " MiB of the machine's disk are free, and an image needs at least "
                + LEAST_MIB
                + ": remove what is not needed, for example with `docker system prune`.");
  }

  private Check time(MachineFacts facts) {
    if (facts.now().isEmpty()) {
      return Check.failed(
          Check.Name.CLOCK,
          Reason.MACHINE_NOT_UNDERSTOOD,
          "The machine does not tell the time: `date +%s` fails there.");
    }
    Duration skew = Duration.between(clock.instant(), facts.now().get());
    return skew.abs().compareTo(MOST_SKEW) <= 0
        ? Check.passed(Check.Name.CLOCK, "Right to within five minutes.")
        : Check.failed(
            Check.Name.CLOCK,
            Reason.CLOCK_WRONG,
            "The machine's clock is "
                + skew.abs().toMinutes()
                + " minutes "
                + (skew.isNegative() ? "behind" : "ahead")
                + ": set it, for example with `sudo timedatectl set-ntp true`.");
  }
}
