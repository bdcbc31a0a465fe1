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
                + " Submitted, Executed, HistoryStored, Finished), and Ready, which is True once the run"
                + " completed.")
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
    @Nullable @JsonPropertyDescription("Number of nodes that run the script together.")
        Integer nodes,
    @Nullable @JsonPropertyDescription("Priority in the queue of its target; higher first.")
        Integer priority,
    @Nullable
        @JsonPropertyDescription(
            "How far the run is, in a few words: what the script reported, or its place in the"
                + " queue of its target.")
        String progress,
    @Nullable @JsonPropertyDescription("Newest value of each metric that the script logged.")
        Map<String, String> metrics,
    @Nullable @JsonPropertyDescription("The first metrics in one line, for tables.")
        String metricsSummary,
    @Nullable @JsonPropertyDescription("Last lines of the script's output.") String lastLog,
    @Nullable @JsonPropertyDescription("What the script printed, in the registry.") Artifact log,
    @Nullable
        @JsonPropertyDescription(
            "outputs/, logs/ and the other directories that are collected, in the registry.")
        Artifact outputs) {

  /** An OCI artifact that an attempt left. */
  public record Artifact(
      @JsonPropertyDescription("Repository in the registry of Trainyard.") String repository,
      @JsonPropertyDescription("Digest of the artifact's manifest.") String digest,
      @Nullable @JsonPropertyDescription("Bytes in the registry.") Long size,
      @Nullable @JsonPropertyDescription("Number of files.") Long files) {}

  /** The source as it was sent. */
  public record SnapshotStatus(
      @JsonPropertyDescription("Digest of the snapshot in the registry.") String digest,
      @Nullable @JsonPropertyDescription("Commit, when the source is Git.") String commit,
      @Nullable @JsonPropertyDescription("Number of files.") Long files,
      @Nullable @JsonPropertyDescription("Bytes that were pushed; 0 when it was there already.")
          Long pushedBytes,
      @Nullable
          @JsonPropertyDescription(
              "Directories with files of the source that are collected after the run; they are"
                  + " filled before the script starts.")
          List<String> collectedDirectories) {

    /** The same snapshot, with the directories that it shares with what is collected. */
    public SnapshotStatus withCollectedDirectories(List<String> directories) {
      return new SnapshotStatus(
          digest, commit, files, pushedBytes, directories.isEmpty() ? null : directories);
    }
  }

  /** The environment that the script runs in. */
  public record EnvironmentUse(
      @JsonPropertyDescription("UserManaged or SystemManaged.") String kind,
      @JsonPropertyDescription(
              "Image of the environment, by digest; the base image while it is not built yet.")
          String image,
      @Nullable @JsonPropertyDescription("Name of the Environment resource.") String name) {}

  /** One try to run the script. */
  public record Attempt(
      @JsonPropertyDescription("Number of the attempt, from 1.") Integer number,
      @JsonPropertyDescription("Id in the backend; on Local the name of the Job.") String backendId,
      @JsonPropertyDescription("When the attempt was submitted.") String submitTime,
      @Nullable @JsonPropertyDescription("When the script began.") String startTime,
      @Nullable @JsonPropertyDescription("When the attempt was over.") String endTime,
      @Nullable @JsonPropertyDescription("Exit code of the script.") Integer exitCode,
      @Nullable @JsonPropertyDescription("Why the attempt ended, in one word.") String reason,
      @Nullable @JsonPropertyDescription("Why the attempt ended, in a sentence.") String message,
      @Nullable @JsonPropertyDescription("What the script printed, in the registry.") Artifact log,
      @Nullable @JsonPropertyDescription("What was collected of it, in the registry.")
          Artifact outputs) {

    /** An attempt that is to be made. */
    public static Attempt planned(int number, String backendId, String submitTime) {
      return new Attempt(number, backendId, submitTime, null, null, null, null, null, null, null);
    }

    /** The attempt, once its script runs. */
    public Attempt started(String time) {
      return new Attempt(
          number, backendId, submitTime, time, endTime, exitCode, reason, message, log, outputs);
    }

    /** The attempt, once it is over. */
    public Attempt ended(String time, @Nullable Integer code, String why, String sentence) {
      return new Attempt(
          number, backendId, submitTime, startTime, time, code, why, sentence, log, outputs);
    }

    /** The attempt with what it left. */
    public Attempt left(@Nullable Artifact printed, @Nullable Artifact collected) {
      return new Attempt(
          number,
          backendId,
          submitTime,
          startTime,
          endTime,
          exitCode,
          reason,
          message,
          printed,
          collected);
    }
  }
}
