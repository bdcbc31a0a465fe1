package dev.trainyard.operator.source;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a snapshot Job and its pods say about the snapshot. */
sealed interface SnapshotOutcome {

  /** The Job is at work, or waits for something that the message names. */
  record AtWork(String message) implements SnapshotOutcome {}

  /** The snapshot is in the registry. */
  record Succeeded(SnapshotStatus snapshot) implements SnapshotOutcome {}

  /** It did not work, and the Job will not try again by itself. */
  record Failed(Reason reason, String message, Instant at) implements SnapshotOutcome {}

  /** Reads the Job's own pods; a pod of the Job before it may still be around. */
  static SnapshotOutcome of(Job job, Stream<Pod> pods) {
    List<Pod> own = pods.filter(pod -> pod.hasOwnerReferenceFor(job)).toList();
    List<ContainerStateTerminated> ends =
        own.stream()
            .flatMap(SnapshotOutcome::states)
            .map(ContainerState::getTerminated)
            .filter(Objects::nonNull)
            .toList();
    Optional<SnapshotStatus> snapshot =
        ends.stream().flatMap(end -> snapshot(end).stream()).findFirst();
    if (snapshot.isPresent()) {
      return new Succeeded(snapshot.get());
    }
    // Times of one form sort as text; an end without one is of a pod that was lost.
    Optional<ContainerStateTerminated> newest =
        ends.stream()
            .max(Comparator.comparing(end -> Objects.requireNonNullElse(end.getFinishedAt(), "")));
    if (newest.isPresent()) {
      return failed(job, newest.get());
    }
    return over(job)
        .<SnapshotOutcome>map(condition -> failed(job, condition))
        .orElseGet(() -> new AtWork(atWork(job, own)));
  }

  private static Stream<ContainerState> states(Pod pod) {
    return pod.getStatus() == null
        ? Stream.empty()
        : pod.getStatus().getContainerStatuses().stream()
            .map(status -> status.getState())
            .filter(Objects::nonNull);
  }

  private static Optional<SnapshotStatus> snapshot(ContainerStateTerminated end) {
    JsonNode result = result(end);
    boolean whole =
        result.path("ok").asBoolean()
            && result.path("digest").asText().matches("sha256:[0-9a-f]{64}");
    return whole
        ? Optional.of(
            new SnapshotStatus(
                result.path("digest").asText(),
                result.path("commit").asText().isEmpty() ? null : result.path("commit").asText(),
                result.path("files").asLong(),
                result.path("pushedBytes").asLong(),
                null))
        : Optional.empty();
  }

  private static Failed failed(Job job, ContainerStateTerminated end) {
    JsonNode result = result(end);
    Reason reason =
        Stream.of(Reason.values())
            .filter(r -> r.toString().equals(result.path("reason").asText()))
            .findFirst()
            .orElse(Reason.SNAPSHOT_JOB_FAILED);
    String silent =
        "OOMKilled".equals(end.getReason())
            ? "The Job " + name(job) + " needed more memory than its pod may have."
            : "The Job " + name(job) + " ended with exit code " + end.getExitCode() + ".";
    Instant at =
        time(end.getFinishedAt())
            .or(() -> over(job).flatMap(c -> time(c.getLastTransitionTime())))
            .orElseGet(() -> created(job));
    return new Failed(reason, result.path("message").asText(silent), at);
  }

  private static Failed failed(Job job, JobCondition condition) {
    String message =
        "DeadlineExceeded".equals(condition.getReason())
            ? "The Job "
                + name(job)
                + " was not done within "
                + SnapshotJob.DEADLINE.toMinutes()
                + " minutes."
            : "The Job "
                + name(job)
                + " is over and left no word of how it ended: its pod is gone.";
    Instant at = time(condition.getLastTransitionTime()).orElseGet(() -> created(job));
    return new Failed(Reason.SNAPSHOT_JOB_FAILED, message, at);
  }

  /** When the Job completed, if it did. */
  static Optional<Instant> completedAt(Job job) {
    return over(job)
        .filter(condition -> "Complete".equals(condition.getType()))
        .flatMap(condition -> time(condition.getLastTransitionTime()));
  }

  private static Optional<JobCondition> over(Job job) {
    return job.getStatus() == null
        ? Optional.empty()
        : job.getStatus().getConditions().stream()
            .filter(c -> "Failed".equals(c.getType()) || "Complete".equals(c.getType()))
            .filter(c -> "True".equals(c.getStatus()))
            .findFirst();
  }

  /** A pod that cannot begin says so, or the Job would look busy until its deadline. */
  private static String atWork(Job job, List<Pod> pods) {
    Stream<String> waiting =
        pods.stream()
            .flatMap(SnapshotOutcome::states)
            .map(ContainerState::getWaiting)
            .filter(w -> w != null && w.getReason() != null)
            .filter(w -> w.getReason().matches(".*(Image|Err|Error|BackOff).*"))
            .map(w -> w.getReason() + said(w.getMessage()));
    Stream<String> unscheduled =
        pods.stream()
            .filter(pod -> pod.getStatus() != null)
            .flatMap(pod -> pod.getStatus().getConditions().stream())
            .filter(c -> "PodScheduled".equals(c.getType()) && "False".equals(c.getStatus()))
            .map(c -> c.getReason() + said(c.getMessage()));
    return Stream.concat(waiting, unscheduled)
        .findFirst()
        .map(why -> "The pod of the Job " + name(job) + " cannot begin: " + why + ".")
        .orElse("The Job " + name(job) + " fetches and packs the source.");
  }

  private static String said(@Nullable String message) {
    return message == null ? "" : ": " + message.replaceFirst("\\.$", "");
  }

  private static Optional<Instant> time(@Nullable String text) {
    try {
      return text == null ? Optional.empty() : Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static Instant created(Job job) {
    return time(job.getMetadata().getCreationTimestamp()).orElse(Instant.EPOCH);
  }

  private static String name(Job job) {
    return job.getMetadata().getName();
  }

  private static JsonNode result(ContainerStateTerminated end) {
    var json = new ObjectMapper();
    try {
      return json.readTree(Objects.requireNonNullElse(end.getMessage(), "{}"));
    } catch (IOException e) {
      return json.createObjectNode();
    }
  }
}
