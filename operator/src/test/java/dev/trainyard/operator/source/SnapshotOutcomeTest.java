package dev.trainyard.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotOutcomeTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);
  private static final String SUCCESS =
      "{\"ok\": true, \"digest\": \""
          + DIGEST
          + "\", \"commit\": \"c0ffee\", \"files\": 3,"
          + " \"pushedBytes\": 12}";

  @Test
  void aJobWithoutAPodIsAtWork() {
    assertThat(outcome(job("")))
        .isEqualTo(new SnapshotOutcome.AtWork("The Job snapshot-1 fetches and packs the source."));
  }

  @Test
  void aPodThatJustBeganIsAtWork() {
    assertThat(outcome(job(""), pod("job-1", "{waiting: {reason: ContainerCreating}}")))
        .isInstanceOf(SnapshotOutcome.AtWork.class);
    assertThat(outcome(job(""), pod("job-1", "{}"))).isInstanceOf(SnapshotOutcome.AtWork.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "CreateContainerConfigError"
      })
  void aPodThatCannotBeginSaysWhy(String reason) {
    assertThat(outcome(job(""), pod("job-1", "{waiting: {reason: " + reason + ", message: no.}}")))
        .isEqualTo(
            new SnapshotOutcome.AtWork(
                "The pod of the Job snapshot-1 cannot begin: " + reason + ": no."));
  }

  @Test
  void aPodThatNoNodeTakesSaysWhy() {
    Pod pod =
        read(
            """
            metadata: {ownerReferences: [{kind: Job, apiVersion: batch/v1, name: x, uid: job-1}]}
            status: {conditions: [{type: PodScheduled, status: "False", reason: Unschedulable,
              message: 0/1 nodes are available.}]}
            """,
            Pod.class);
    assertThat(outcome(job(""), pod))
        .isEqualTo(
            new SnapshotOutcome.AtWork(
                "The pod of the Job snapshot-1 cannot begin: Unschedulable: 0/1 nodes are"
                    + " available."));
  }

  @Test
  void aResultIsTakenFromTheTerminationMessage() {
    SnapshotOutcome outcome = outcome(job(""), ended("job-1", SUCCESS, "2026-11-24T08:00:00Z"));
    assertThat(outcome)
        .isInstanceOfSatisfying(
            SnapshotOutcome.Succeeded.class,
            succeeded -> {
              assertThat(succeeded.snapshot().digest()).isEqualTo(DIGEST);
              assertThat(succeeded.snapshot().commit()).isEqualTo("c0ffee");
              assertThat(succeeded.snapshot().files()).isEqualTo(3);
              assertThat(succeeded.snapshot().pushedBytes()).isEqualTo(12);
            });
  }

  @Test
  void thePodOfAnEarlierJobDoesNotCount() {
    assertThat(outcome(job(""), ended("job-0", SUCCESS, "2026-11-24T08:00:00Z")))
        .isInstanceOf(SnapshotOutcome.AtWork.class);
  }

  @Test
  void aSuccessCountsWhateverElseEnded() {
    assertThat(
            outcome(
                job(""),
                ended("job-1", "{}", "2026-11-24T09:00:00Z"),
                ended("job-1", SUCCESS, "2026-11-24T08:00:00Z")))
        .isInstanceOf(SnapshotOutcome.Succeeded.class);
  }

  @Test
  void theNewestFailureCounts() {
    String message = "{\"ok\": false, \"reason\": \"%s\", \"message\": \"It is so.\"}";
    assertThat(
            outcome(
                job(""),
                ended("job-1", message.formatted("RefNotFound"), "2026-11-24T09:00:00Z"),
                ended("job-1", message.formatted("SourceUnreachable"), "2026-11-24T08:00:00Z")))
        .isEqualTo(
            new SnapshotOutcome.Failed(
                Reason.REF_NOT_FOUND, "It is so.", Instant.parse("2026-11-24T09:00:00Z")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "not json",
        "{\"ok\": true, \"digest\": \"latest\"}",
        "{\"reason\": \"X\"}"
      })
  void anEndThatSaysNothingIsAFailureOfTheJob(String message) {
    assertThat(outcome(job(""), ended("job-1", message, "2026-11-24T08:00:00Z")))
        .isEqualTo(
            new SnapshotOutcome.Failed(
                Reason.SNAPSHOT_JOB_FAILED,
                "The Job snapshot-1 ended with exit code 1.",
                Instant.parse("2026-11-24T08:00:00Z")));
  }

  @Test
  void anEndWithoutATimeIsThatOfTheJob() {
    Pod lost = pod("job-1", "{terminated: {exitCode: 137, reason: ContainerStatusUnknown}}");
    assertThat(outcome(job("2026-11-24T08:30:00Z"), lost))
        .isInstanceOfSatisfying(
            SnapshotOutcome.Failed.class,
            failed -> assertThat(failed.at()).isEqualTo("2026-11-24T08:30:00Z"));
    assertThat(outcome(job(""), lost))
        .isInstanceOfSatisfying(
            SnapshotOutcome.Failed.class,
            failed -> assertThat(failed.at()).isEqualTo("2026-11-24T07:00:00Z"));
  }

  @Test
  void aPodThatRanOutOfMemorySaysSo() {
    assertThat(outcome(job(""), pod("job-1", "{terminated: {exitCode: 137, reason: OOMKilled}}")))
        .isInstanceOfSatisfying(
            SnapshotOutcome.Failed.class,
            failed -> assertThat(failed.message()).contains("more memory"));
  }

  @Test
  void aJobThatFailedWithoutAPodHasFailed() {
    assertThat(outcome(job("2026-11-24T08:30:00Z")))
        .isEqualTo(
            new SnapshotOutcome.Failed(
                Reason.SNAPSHOT_JOB_FAILED,
                "The Job snapshot-1 was not done within 30 minutes.",
                Instant.parse("2026-11-24T08:30:00Z")));
  }

  private static SnapshotOutcome outcome(Job job, Pod... pods) {
    return SnapshotOutcome.of(job, Arrays.stream(pods));
  }

  private static Job job(String failedAt) {
    String status =
        failedAt.isEmpty()
            ? "{}"
            : "{conditions: [{type: Failed, status: \"True\", reason: DeadlineExceeded,"
                + " lastTransitionTime: \""
                + failedAt
                + "\"}]}";
    return read(
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: snapshot-1, uid: job-1, creationTimestamp: "2026-11-24T07:00:00Z"}
        status: %s
        """
            .formatted(status),
        Job.class);
  }

  private static Pod ended(String jobUid, String message, String at) {
    return pod(
        jobUid,
        "{terminated: {exitCode: 1, finishedAt: \"%s\", message: '%s'}}".formatted(at, message));
  }

  private static Pod pod(String jobUid, String state) {
    return read(
        """
        metadata: {ownerReferences: [{kind: Job, apiVersion: batch/v1, name: x, uid: %s}]}
        status: {containerStatuses: [{name: snapshot, state: %s}]}
        """
            .formatted(jobUid, state),
        Pod.class);
  }

  private static <T> T read(String yaml, Class<T> type) {
    return Serialization.unmarshal(yaml, type);
  }
}
