package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the nodes of a distributed run talk to each other. */
public enum Communicator {
  @JsonProperty("None")
  NONE,
  @JsonProperty("ParameterServer")
  PARAMETER_SERVER,
  @JsonProperty("OpenMpi")
  OPEN_MPI,
  @JsonProperty("IntelMpi")
  INTEL_MPI
}
