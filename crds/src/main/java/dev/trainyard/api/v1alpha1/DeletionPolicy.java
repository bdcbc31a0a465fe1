package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What happens to compute that we made when its ComputeTarget goes; attached things stay. */
public enum DeletionPolicy {
  @JsonProperty("Delete")
  DELETE,
  @JsonProperty("Retain")
  RETAIN
}
