package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/** What a type of target can do: its row of the article's table of compute targets. */
public record Capabilities(
    @JsonPropertyDescription("GPU acceleration.") Support gpuAcceleration,
    @JsonPropertyDescription("Automated hyperparameter tuning.") Support hyperparameterTuning,
    @JsonPropertyDescription("Automated model selection.") Support automatedModelSelection,
    @JsonPropertyDescription("Use in pipelines.") Support pipelines) {

  /** A cell of the table. */
  public enum Support {
    @JsonProperty("Yes")
    YES,
    @JsonProperty("No")
    NO,
    @JsonProperty("Maybe")
    MAYBE
  }
}
