package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.history.AttemptHistory;
import dev.trainyard.operator.history.Collection;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings what the attempt left into the registry: its output, and the directories that it wrote. A
 * registry that is silent for half an hour does not keep a run from ending.
 */
final class FinalizeStep implements RunStep {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofMinutes(35);

  private final AttemptHistory history;
  private final Clock clock;

  FinalizeStep(AttemptHistory history, Clock clock) {
    this.history = history;
    this.clock = clock;
  }

  @Override
  public ConditionType condition() {
    return ConditionType.HISTORY_STORED;
  }

  @Override
  public StepResult execute(RunProgress progress) {
    return store(progress, progress.provider());
  }

  /** Stores what the newest attempt left. */
  StepResult store(RunProgress progress, RunProvider provider) {
    RunAttempt attempt = progress.runAttempt();
    try {
      return switch (history.collect(provider, attempt)) {
        case Collection.UnderWay underWay when isPatient(progress) ->
            new StepResult.Waiting(
                RunPhase.FINALIZING, Reason.COLLECTING, underWay.message(), LOOK_AGAIN);
        case Collection.UnderWay underWay -> gaveUp(progress, attempt, underWay.message());
        case Collection.Complete complete -> stored(progress, attempt, complete);
      };
    } catch (RegistryException e) {
      return isPatient(progress)
          ? RegistryTrouble.own(e, RunPhase.FINALIZING)
          : gaveUp(progress, attempt, e.getMessage() + ".");
    }
  }

  private boolean isPatient(RunProgress progress) {
    String end = progress.attempt().map(Attempt::endTime).orElse(null);
    return end == null || Instant.parse(end).plus(PATIENCE).isAfter(clock.instant());
  }

  private StepResult gaveUp(RunProgress progress, RunAttempt attempt, String why) {
    return stored(
        progress,
        attempt,
        new Collection.Complete(
            null, null, Map.of(), null, null, List.of("It was given up: " + why), List.of()));
  }

  private StepResult stored(RunProgress progress, RunAttempt made, Collection.Complete complete) {
    Attempt attempt = progress.attempt().orElseThrow();
    progress.replaceAttempt(attempt.left(complete.log(), complete.outputs()));
    progress.results().left(complete);
    history.forget(made);
    // A script that never began has left nothing.
    if (!complete.losses().isEmpty() && attempt.startTime() != null) {
      return new StepResult.Incomplete(
          Reason.HISTORY_INCOMPLETE, String.join(" ", complete.losses()));
    }
    return new StepResult.Done(message(complete));
  }

  private static String message(Collection.Complete complete) {
    var sentences = new ArrayList<String>();
    sentences.add(
        complete.log() == null && complete.outputs() == null
            ? "The attempt left nothing."
            : "In the registry: "
                + (complete.log() == null ? "" : "the log")
                + (complete.log() == null || complete.outputs() == null ? "" : " and ")
                + (complete.outputs() == null ? "" : "the outputs")
                + ".");
    sentences.addAll(complete.notes());
    return String.join(" ", sentences);
  }
}
