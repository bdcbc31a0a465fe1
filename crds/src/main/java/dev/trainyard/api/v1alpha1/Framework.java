package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The frameworks that a .runconfig can name. */
public enum Framework {
  @JsonProperty("Python")
  PYTHON,
  @JsonProperty("PySpark")
  PY_SPARK,
  @JsonProperty("CNTK")
  CNTK,
  @JsonProperty("TensorFlow")
  TENSOR_FLOW,
  @JsonProperty("PyTorch")
  PY_TORCH
}
