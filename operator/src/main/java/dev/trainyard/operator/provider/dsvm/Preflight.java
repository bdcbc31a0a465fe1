package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.api.v1alpha1.ComputeTargetStatus;
import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.ssh.Printable;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checks a machine on the way to it and on it. The first check that fails is the target's reason;
 * those that could not be reached because of it say so.
 */
final class Preflight {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int LARGEST_ANSWER = 64 * 1024;

  private final MachineChecks machineChecks;

  Preflight(Clock clock) {
    this.machineChecks = new MachineChecks(clock);
  }

  /** Looks at a machine that a connection leads to. */
  TargetState look(SshConnection connection) throws SshFailure {
    var result = connection.run(List.of("sh", "-c", MachineFacts.QUESTIONS), LARGEST_ANSWER, LIMIT);
    MachineFacts facts = MachineFacts.parse(result.output());
    String dockerVersion = "";
    Optional<String> refusal = Optional.empty();
    try {
      JsonNode version = new Engine(connection).get("/version");
      dockerVersion = engine(version);
    } catch (EngineException e) {
      refusal = Optional.of(String.valueOf(e.getMessage()));
    } catch (SshFailure e) {
      if (e.kind() != SshFailure.Kind.SOCKET) {
        throw e;
      }
      refusal = Optional.of(String.valueOf(e.getMessage()));
    }
    return judge(connection, facts, dockerVersion, refusal);
  }

  /** The engine's version; podman answers in Docker's words and names itself as a component. */
  private static String engine(JsonNode version) {
    String number = Printable.text(version.path("Version").asText());
    for (JsonNode component : version.path("Components")) {
      if (component.path("Name").asText().startsWith("Podman")) {
        return number + " (podman)";
      }
    }
    return number;
  }

  private TargetState judge(
      SshConnection connection,
      MachineFacts facts,
      String dockerVersion,
      Optional<String> refusal) {
    var checks = new ArrayList<>(reached(connection));
    checks.addAll(machineChecks.of(facts, dockerVersion, refusal, connection.host().username()));
    var machine =
        new ComputeTargetStatus.Machine(
            facts.os(),
            facts.architecture(),
            facts.cores().orElse(0),
            facts.memoryMiB().orElse(0L),
            facts.gpus().isEmpty() ? null : facts.gpus(),
            facts.gpuDriver().orElse(null),
            dockerVersion.isEmpty() ? null : dockerVersion,
            connection.hostKeyFingerprint());
    Optional<Check> trouble =
        checks.stream().filter(check -> check.trouble().isPresent()).findFirst();
    return trouble
        .map(check -> state(check.trouble().get(), check.message(), checks, Optional.of(machine)))
        .orElseGet(() ->
            state(
                Reason.READY,
                facts.os()
                    + " with "
                    + facts.cores().orElse(0)
                    + " cores and Docker "
                    + dockerVersion
                    + " takes runs.",
                checks,
                Optional.of(machine)));
  }

  private static List<Check> reached(SshConnection connection) {
    return List.of(
        Check.passed(Check.Name.SECRET, "The Secret is there."),
        Check.passed(Check.Name.DNS, connection.host().address() + " is known."),
        Check.passed(Check.Name.TCP, connection.host().text() + " takes connections."),
        Check.passed(Check.Name.SSH, "An SSH server answers."),
        Check.passed(
            Check.Name.HOST_KEY, connection.hostKeyFingerprint() + " is the pinned host key."),
        Check.passed(
            Check.Name.LOGIN, "The user " + connection.host().username() + " is logged in."));
  }

  /** The state of a target whose machine was not reached. */
  static TargetState unreached(SshFailure failure) {
    String message = failure.getMessage() + ".";
    message = Character.toUpperCase(message.charAt(0)) + message.substring(1);
    return switch (failure.kind()) {
      case NAME -> stopped(Check.Name.DNS, Reason.HOST_NOT_FOUND, message);
      case CONNECT -> stopped(Check.Name.TCP, Reason.HOST_UNREACHABLE, message);
      case PROTOCOL -> stopped(Check.Name.SSH, Reason.NOT_AN_SSH_SERVER, message);
      case HOST_KEY_NOT_PINNED -> stopped(Check.Name.HOST_KEY, Reason.HOST_KEY_NOT_PINNED, message);
      case HOST_KEY_CHANGED -> stopped(Check.Name.HOST_KEY, Reason.HOST_KEY_CHANGED, message);
      case PRIVATE_KEY -> stopped(Check.Name.SECRET, Reason.PRIVATE_KEY_INVALID, message);
      case LOGIN -> stopped(Check.Name.LOGIN, Reason.LOGIN_REFUSED, message);
      case LOST -> stopped(Check.Name.LOGIN, Reason.HOST_UNREACHABLE, message);
      case REFUSED, SOCKET -> stopped(Check.Name.UBUNTU, Reason.MACHINE_NOT_UNDERSTOOD, message);
    };
  }

  /** The state of a target whose Secret is missing. */
  static TargetState withoutSecret(MissingSecretException e) {
    return stopped(Check.Name.SECRET, Reason.SECRET_NOT_FOUND, String.valueOf(e.getMessage()));
  }

  private static TargetState stopped(Check.Name at, Reason reason, String message) {
    var checks = new ArrayList<Check>();
    for (Check.Name name : Check.Name.values()) {
      if (name.compareTo(at) < 0) {
        checks.add(Check.passed(name, "As it should be."));
      }
    }
    checks.add(Check.failed(at, reason, message));
    return state(reason, message, checks, Optional.empty());
  }

  private static TargetState state(
      Reason reason,
      String message,
      List<Check> checks,
      Optional<ComputeTargetStatus.Machine> machine) {
    var results = new ArrayList<ComputeTargetStatus.Check>();
    for (Check check : checks) {
      results.add(
          new ComputeTargetStatus.Check(
              check.name().toString(),
              check.trouble().isPresent() ? "Failed" : "Passed",
              check.message()));
    }
    for (Check.Name name : Check.Name.values()) {
      if (name.compareTo(checks.getLast().name()) > 0) {
        results.add(
            new ComputeTargetStatus.Check(
                name.toString(), "NotReached", "An earlier check failed."));
      }
    }
    boolean ready = reason == Reason.READY;
    return new TargetState(
        ready, reason, message, ready ? "Succeeded" : "Failed", Map.of(), machine, results);
  }
}
