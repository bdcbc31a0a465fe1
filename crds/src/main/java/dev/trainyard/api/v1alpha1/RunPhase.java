package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The states of a run in Azure Machine Learning, by the names that it gave them. */
public enum RunPhase {
  /** Accepted by the API server, not yet by the operator, or held by something to mend. */
  @JsonProperty("NotStarted")
  NOT_STARTED,
  /** The snapshot or the environment is being made. */
  @JsonProperty("Preparing")
  PREPARING,
  /** Compute is being made or scaled. */
  @JsonProperty("Provisioning")
  PROVISIONING,
  /** Sent to the target, waiting for its turn or for room. */
  @JsonProperty("Queued")
  QUEUED,
  /** The script runs. */
  @JsonProperty("Running")
  RUNNING,
  /** The script is over; what it left is being collected. */
  @JsonProperty("Finalizing")
  FINALIZING,
  /** Asked to end, not ended yet. */
  @JsonProperty("CancelRequested")
  CANCEL_REQUESTED,
  /** Ended well. */
  @JsonProperty("Completed")
  COMPLETED,
  /** Ended badly. */
  @JsonProperty("Failed")
  FAILED,
  /** Ended on request. */
  @JsonProperty("Canceled")
  CANCELED;

  /** Whether a run in this phase is over for good. */
  public boolean isTerminal() {
    return this == COMPLETED || this == FAILED || this == CANCELED;
  }

  /** The word that the API uses: {@code NotStarted} for {@code NOT_STARTED}. */
  @Override
  public String toString() {
    return Stream.of(name().split("_"))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining());
  }
}
