package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** State of an environment. */
public enum EnvironmentState {
  /** It is to be built, or built again after a pause. */
  @JsonProperty("Pending")
  PENDING,
  /** A Job builds it. */
  @JsonProperty("Building")
  BUILDING,
  /** Its image is in the registry. */
  @JsonProperty("Ready")
  READY,
  /** It cannot be built as it is; a new run that needs it tries once more. */
  @JsonProperty("Failed")
  FAILED
}
