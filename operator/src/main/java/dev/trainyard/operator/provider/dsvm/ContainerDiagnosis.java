package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.ssh.Printable;
import dev.trainyard.operator.status.Reason;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads from the engine's answer about a container what became of an attempt. Pure. */
final class ContainerDiagnosis {
  private static final int KILLED = 137;
  private static final int TERMINATED = 143;
  private static final int LOST = 255;
  private static final Duration ROUNDING = Duration.ofSeconds(2);
  private static final Duration ENGINE_RESTART = Duration.ofSeconds(30);

  private ContainerDiagnosis() {}

  /**
   * What became of it.
   *
   * @param container answer to {@code GET /containers/<name>/json}
   * @param bootId the machine's boot id now
   */
  static RunObservation of(JsonNode container, String bootId) {
    JsonNode state = container.path("State");
    return switch (state.path("Status").asText()) {
      case "created" -> created(state);
      case "running", "paused", "restarting" ->
          new RunObservation.Running(time(state, "StartedAt").orElse(Instant.EPOCH).toString());
      case "exited", "dead", "removing" -> ended(container, bootId);
      default ->
          new RunObservation.Waiting(
              Reason.MACHINE_NOT_UNDERSTOOD,
              "The Docker engine says of the container: "
                  + Printable.text(state.path("Status").asText())
                  + ".");
    };
  }

  private static RunObservation created(JsonNode state) {
    String error = state.path("Error").asText();
    if (error.isEmpty()) {
      return new RunObservation.Waiting(Reason.QUEUED, "The container is made and not started.");
    }
    return new RunObservation.Ended(
        Cause.SCRIPT_FAILED,
        Optional.of(state.path("ExitCode").asInt(127)),
        "The script could not be started: " + Printable.text(error) + ".",
        Optional.empty(),
        Optional.empty());
  }

  private static RunObservation ended(JsonNode container, String bootId) {
    OptionalLong deadlineSeconds = deadline(container);
    JsonNode state = container.path("State");
    Optional<Instant> start = time(state, "StartedAt");
    Optional<Instant> end = time(state, "FinishedAt");
    int code = state.path("ExitCode").asInt(-1);
    boolean rebooted =
        !container
            .path("Config")
            .path("Labels")
            .path(ContainerSpec.BOOT_LABEL)
            .asText(bootId)
            .equals(bootId);
    Cause cause;
    if (code == LOST && rebooted || code < 0 || code > LOST) {
      cause = Cause.LOST;
    } else if (deadlineSeconds.isPresent()
        && (code == KILLED || code == TERMINATED)
        && ranFor(start, end).plus(ROUNDING).toSeconds() >= deadlineSeconds.getAsLong()) {
      cause = Cause.DEADLINE;
    } else if (code != 0 && state.path("OOMKilled").asBoolean()) {
      cause = Cause.OUT_OF_MEMORY;
    } else {
      cause = code == 0 ? Cause.SUCCEEDED : Cause.SCRIPT_FAILED;
    }
    return new RunObservation.Ended(
        cause,
        cause == Cause.LOST ? Optional.empty() : Optional.of(code),
        message(cause, code, deadlineSeconds),
        start.map(Instant::toString),
        end.map(Instant::toString));
  }

  /** Whether a signal ended the script that nobody is known to have sent. */
  static boolean isEndedBySignal(RunObservation seen) {
    return seen instanceof RunObservation.Ended ended
        && ended.cause() == Cause.SCRIPT_FAILED
        && ended.exitCode().filter(code -> code == KILLED || code == TERMINATED).isPresent();
  }

  /**
   * Blames the engine for a signal that came when it was started anew: it ends its containers
   * before or after, unless its {@code live-restore} is on.
   *
   * @param engineStart when the engine began, if that is known
   */
  static RunObservation withEngine(RunObservation seen, Optional<Instant> engineStart) {
    if (!isEndedBySignal(seen)
        || !(seen instanceof RunObservation.Ended ended)
        || engineStart.isEmpty()
        || ended.endTime().isEmpty()) {
      return seen;
    }
    Duration apart = Duration.between(engineStart.get(), Instant.parse(ended.endTime().get()));
    if (apart.abs().compareTo(ENGINE_RESTART) > 0) {
      return seen;
    }
    return new RunObservation.Ended(
        Cause.LOST,
        Optional.empty(),
        "The Docker engine of the machine was started anew at "
            + engineStart.get()
            + " and ended the container.",
        ended.startTime(),
        ended.endTime());
  }

  static String message(Cause cause, int code, OptionalLong deadlineSeconds) {
    return switch (cause) {
      case SUCCEEDED -> "The script ended with exit code 0.";
      case SCRIPT_FAILED ->
          "The script ended with exit code "
              + code
              + (code == KILLED ? ", as when something kills it" : "")
              + "; its last lines are in status.lastLog.";
      case OUT_OF_MEMORY ->
          "The kernel ended the script because it used more memory than it may: give it more in"
              + " resources.memory.";
      case DEADLINE ->
          "The script was ended because it ran for longer than maxRunDurationSeconds, "
              + deadlineSeconds.orElse(0)
              + ".";
      case EVICTED, DISK_FULL, LOST ->
          "The machine was restarted or lost the script, and no exit code was seen.";
    };
  }

  static OptionalLong deadline(JsonNode container) {
    String text =
        container.path("Config").path("Labels").path(ContainerSpec.DEADLINE_LABEL).asText();
    return text.matches("\\d{1,12}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }

  private static Duration ranFor(Optional<Instant> start, Optional<Instant> end) {
    return start.isPresent() && end.isPresent()
        ? Duration.between(start.get(), end.get())
        : Duration.ZERO;
  }

  private static Optional<Instant> time(JsonNode state, String field) {
    try {
      Instant time = Instant.parse(state.path(field).asText()).truncatedTo(ChronoUnit.SECONDS);
      // The engine writes year 1 for what has not happened.
      return time.isAfter(Instant.EPOCH) ? Optional.of(time) : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
