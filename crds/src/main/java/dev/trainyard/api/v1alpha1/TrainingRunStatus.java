package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What became of a run so far. Times are RFC 3339 in UTC. */
@JsonClassDescription("What became of the run so far.")
public record TrainingRunStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription(
            "State of the run: NotStarted, Preparing, Provisioning, Queued, Running, Finalizing,"
                + " CancelRequested, Completed, Failed or Canceled.")
        RunPhase phase,
    @JsonPropertyDescription(
            "One condition a step (Accepted, SnapshotReady, EnvironmentReady, TargetReady,"
                + " Submitted, Finished), and Ready, which is True once the run completed.")
        List<Condition> conditions,
    @Nullable @JsonPropertyDescription("Target that the run was sent to.") String target,
    @Nullable
        @JsonPropertyDescription(
            "Type of that target: where the run is looked for, whatever becomes of the target.")
        ComputeTargetType targetType,
    @Nullable @JsonPropertyDescription("Script that is run.") String script,
    @Nullable @JsonPropertyDescription("The source as it was sent.") SnapshotStatus snapshot,
    @Nullable @JsonPropertyDescription("The environment that the script runs in.")
        EnvironmentUse environment,
    @Nullable @JsonPropertyDescription("Image that was run, by digest, as nodes pull it.")
        String image,
    @Nullable @JsonPropertyDescription("Attempts, the newest last.") List<Attempt> attempts,
    @Nullable @JsonPropertyDescription("When the script began.") String startTime,
    @Nullable @JsonPropertyDescription("When the run was over.") String endTime,
    @Nullable @JsonPropertyDescription("Exit code of the script.") Integer exitCode,
    @Nullable @JsonPropertyDescription("Newest value of each metric that the script logged.")
        Map<String, String> metrics,
    @Nullable @JsonPropertyDescription("Last lines of the script's output.") String lastLog) {

  /** The source as it was sent. */
  public record SnapshotStatus(
      @JsonPropertyDescription("Digest of the snapshot in the registry.") String digest,
      @Nullable @JsonPropertyDescription("Commit, when the source is Git.") String commit,
      @Nullable @JsonPropertyDescription("Number of files.") Long files,
      @Nullable @JsonPropertyDescription("Bytes that were pushed; 0 when it was there already.")
          Long pushedBytes) {}

  /** The environment that the script runs in. */
  public record EnvironmentUse(
      @JsonPropertyDescription("UserManaged or SystemManaged.") String kind,
      @JsonPropertyDescription("Image of the environment, by digest.") String image,
      @Nullable @JsonPropertyDescription("Name of the Environment resource.") String name) {}

  /** One try to run the script. */
  public record Attempt(
      @JsonPropertyDescription("Number of the attempt, from 1.") Integer number,
      @JsonPropertyDescription("Id in the backend; on Local the name of the Job.") String backendId,
      @JsonPropertyDescription("When the attempt was submitted.") String submitTime,
      @Nullable @JsonPropertyDescription("When the script began.") String startTime,
      @Nullable @JsonPropertyDescription("When the attempt was over.") String endTime,
      @Nullable @JsonPropertyDescription("Exit code of the script.") Integer exitCode,
      @Nullable @JsonPropertyDescription("Why the attempt ended, in one word.") String reason) {}
}
