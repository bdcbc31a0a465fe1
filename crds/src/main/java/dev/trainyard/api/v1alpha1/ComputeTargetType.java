package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The kinds of compute that the article "Select and use a compute target" describes. */
public enum ComputeTargetType {
  /** The cluster that the operator runs in. */
  @JsonProperty("local")
  LOCAL,
  /** An Ubuntu virtual machine: an Azure DSVM that we make, or any machine over SSH. */
  @JsonProperty("dsvm")
  DSVM,
  /** An Azure Batch AI cluster. */
  @JsonProperty("batchAI")
  BATCH_AI,
  /** Azure Container Instances, one container group a run. */
  @JsonProperty("aci")
  ACI,
  /** An Azure HDInsight Spark cluster. */
  @JsonProperty("hdInsight")
  HD_INSIGHT
}
