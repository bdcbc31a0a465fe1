package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** An existing HDInsight Spark cluster; it is never made or deleted by us. */
@ValidationRule(
    value = "!has(self.provision)",
    message =
        "hdInsight cannot be created: make the Spark cluster in Azure and give its address in"
            + " hdInsight.attach")
@ValidationRule(
    value = "has(self.provision) || has(self.attach)",
    message = "hdInsight.attach is required: give the address of an existing Spark cluster")
@ValidationRule(
    value =
        "!has(self.submission) || self.submission != 'Livy' || !has(self.attach) ||"
            + " has(self.attach.passwordSecretRef)",
    message = "submission: Livy logs in with a password: give hdInsight.attach.passwordSecretRef")
public record HdInsightTarget(
    @Nullable @JsonPropertyDescription("The existing Spark cluster.") SshEndpoint attach,
    @Nullable
        @Default("SSH")
        @JsonPropertyDescription(
            "How a run is submitted: spark-submit over SSH, or Livy over HTTPS.")
        Submission submission,
    @Nullable
        @PreserveUnknownFields
        @JsonPropertyDescription("Refused: HDInsight clusters are not created.")
        Refused provision) {

  /** The ways to submit a Spark application. */
  public enum Submission {
    @JsonProperty("SSH")
    SSH,
    @JsonProperty("Livy")
    LIVY
  }
}
