package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.ssh.Printable;
import dev.trainyard.operator.status.Reason;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads from what a machine says of an attempt's folder what became of the attempt. Pure. */
final class ProcessDiagnosis {
  private static final int TIMED_OUT = 124;
  private static final int KILLED = 137;
  private static final long ROUNDING = 2;

  private ProcessDiagnosis() {}

  /**
   * What became of it.
   *
   * @param answer to {@link ProcessScripts#OBSERVE}
   * @param bootId the machine's boot id now
   */
  static RunObservation of(String answer, String runUid, String bootId) {
    Map<String, String> said = new HashMap<>();
    answer
        .lines()
        .filter(line -> line.contains("="))
        .forEach(line -> {
          int equals = line.indexOf('=');
          said.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
        });
    if (!said.containsKey("end")) {
      return new RunObservation.Waiting(
          Reason.MACHINE_NOT_UNDERSTOOD,
          "The machine does not say what became of the attempt: "
              + Printable.text(answer)
              + ". Log in as its user and look.");
    }
    if (!said.getOrDefault("folder", "").equals("yes")) {
      return new RunObservation.Gone();
    }
    if (!said.getOrDefault("uid", runUid).equals(runUid)) {
      return new RunObservation.Waiting(
          Reason.CONTAINER_CREATION_FAILED,
          "The machine has a folder of that name that is not this run's: remove it.");
    }
    RunObservation seen = seen(said, bootId);
    return seen instanceof RunObservation.Ended ended && isOfFullDisk(ended, said)
        ? FullDisk.blame(ended)
        : seen;
  }

  /** A disk that is full keeps the supervisor from telling what happened, too. */
  private static boolean isOfFullDisk(RunObservation.Ended ended, Map<String, String> said) {
    String free = said.getOrDefault("free", "");
    return ended.cause() != Cause.SUCCEEDED
        && ended.cause() != Cause.DEADLINE
        && (FullDisk.isNamedBy(said.getOrDefault("trouble", ""))
            || free.matches("\\d{1,15}") && FullDisk.isFull(Long.parseLong(free)));
  }

  private static RunObservation seen(Map<String, String> said, String bootId) {
    Optional<String> start = time(said, "started");
    if (said.containsKey("exit")) {
      return ended(said, start);
    }
    boolean sameBoot = said.getOrDefault("boot", bootId).equals(bootId);
    boolean alive = sameBoot && said.containsKey("alive");
    if (start.isEmpty() || !said.containsKey("pid")) {
      return said.containsKey("begun") && !alive
          ? lost("The supervisor ended before the script began." + trouble(said), start)
          : new RunObservation.Waiting(Reason.QUEUED, "The script is being started.");
    }
    if (alive) {
      return new RunObservation.Running(start.get());
    }
    return lost(
        sameBoot
            ? "The script's supervisor was killed, and no exit code was seen." + trouble(said)
            : "The machine was restarted in the middle of the run.",
        start);
  }

  private static RunObservation ended(Map<String, String> said, Optional<String> start) {
    long seconds = seconds(said, "deadline");
    OptionalLong deadlineSeconds = seconds == 0 ? OptionalLong.empty() : OptionalLong.of(seconds);
    Optional<Integer> code =
        Optional.of(said.getOrDefault("exit", ""))
            .filter(text -> text.matches("\\d{1,3}"))
            .map(Integer::valueOf)
            .filter(number -> number <= 255);
    if (code.isEmpty()) {
      return lost("The exit code that the machine has on record is not one.", start);
    }
    boolean overdue =
        deadlineSeconds.isPresent()
            && (code.get() == TIMED_OUT || code.get() == KILLED)
            && seconds(said, "finished") - seconds(said, "started") + ROUNDING
                >= deadlineSeconds.getAsLong();
    Cause cause =
        overdue ? Cause.DEADLINE : code.get() == 0 ? Cause.SUCCEEDED : Cause.SCRIPT_FAILED;
    return new RunObservation.Ended(
        cause,
        code,
        ContainerDiagnosis.message(cause, code.get(), deadlineSeconds),
        start,
        time(said, "finished"));
  }

  private static RunObservation lost(String message, Optional<String> start) {
    return new RunObservation.Ended(Cause.LOST, Optional.empty(), message, start, Optional.empty());
  }

  private static String trouble(Map<String, String> said) {
    String trouble = Printable.text(said.getOrDefault("trouble", ""));
    return trouble.isEmpty() ? "" : " It said: " + trouble;
  }

  private static Optional<String> time(Map<String, String> said, String name) {
    long seconds = seconds(said, name);
    return seconds == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(seconds).toString());
  }

  private static long seconds(Map<String, String> said, String name) {
    String text = said.getOrDefault(name, "");
    return text.matches("\\d{1,11}") ? Long.parseLong(text) : 0;
  }
}
