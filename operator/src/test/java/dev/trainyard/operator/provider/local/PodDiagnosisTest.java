package dev.trainyard.operator.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The statuses are those that Kubernetes 1.34 wrote for pods of runs. */
class PodDiagnosisTest {
  private static final Instant NOW = Instant.parse("2026-01-01T10:05:00Z");

  @Test
  void aPodWithoutStatusIsOnItsWay() {
    assertWaiting("", Reason.QUEUED, "ridge-1-abcde is being started on node node-1.");
  }

  @Test
  void aPodThatNoNodeFitsSaysWhatIsShort() {
    assertWaiting(
        """
        phase: Pending
        conditions:
        - type: PodScheduled
          status: "False"
          reason: Unschedulable
          message: "0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate"
        """,
        Reason.UNSCHEDULABLE,
        "No node takes the pod: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new"
            + " claims to deallocate. Check the resources");
  }

  @Test
  void aPodThatTheSchedulerHasNotLookedAtIsQueued() {
    assertWaiting(
        """
        phase: Pending
        conditions: [{type: PodScheduled, status: "False", reason: SchedulingGated}]
        """,
        Reason.QUEUED,
        "ridge-1-abcde");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
  void anImageThatCannotBePulledIsTold(String reason) {
    assertWaiting(
        waiting(reason, "failed to resolve reference: not found"),
        Reason.IMAGE_PULL_FAILED,
        "cannot pull the run's image: failed to resolve reference: not found.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "CreatePodSandboxError"
      })
  void aContainerThatCannotBeMadeIsTold(String reason) {
    assertWaiting(
        waiting(reason, "secret \"later\" not found"),
        Reason.CONTAINER_CREATION_FAILED,
        "secret \"later\" not found.");
  }

  @Test
  void aContainerThatIsBeingMadeIsQueued() {
    assertWaiting(waiting("ContainerCreating", ""), Reason.QUEUED, "is being started");
  }

  @Test
  void aContainerThatRunsGivesItsStart() {
    assertThat(PodDiagnosis.ofPod(pod("", running()), NOW))
        .isEqualTo(new RunObservation.Running("2026-01-01T10:00:00Z"));
  }

  @Test
  void exitCodeZeroIsSuccess() {
    RunObservation.Ended ended = ended("", terminated("Succeeded", 0, "Completed"));
    assertThat(ended.cause()).isEqualTo(Cause.SUCCEEDED);
    assertThat(ended.exitCode()).hasValue(0);
    assertThat(ended.startTime()).hasValue("2026-01-01T10:00:00Z");
    assertThat(ended.endTime()).hasValue("2026-01-01T10:05:00Z");
  }

  @Test
  void aContainerThatEndedCountsBeforeThePodsPhaseSaysSo() {
    assertThat(ended("", terminated("Running", 0, "Completed")).cause()).isEqualTo(Cause.SUCCEEDED);
  }

  @Test
  void anotherExitCodeIsTheScripts() {
    RunObservation.Ended ended = ended("", terminated("Failed", 3, "Error"));
    assertThat(ended.cause()).isEqualTo(Cause.SCRIPT_FAILED);
    assertThat(ended.message()).contains("exit code 3").contains("status.lastLog");
  }

  @Test
  void aProgramThatCannotBeStartedIsNamedAndHasNoStart() {
    RunObservation.Ended ended =
        ended(
            "",
            """
            phase: Failed
            containerStatuses:
            - name: train
              state:
                terminated:
                  exitCode: 128
                  reason: StartError
                  message: 'exec: "/opt/conda/bin/python": no such file or directory: unknown'
                  startedAt: "1970-01-01T00:00:00Z"
                  finishedAt: "2026-01-01T10:05:00Z"
            """);
    assertThat(ended.cause()).isEqualTo(Cause.SCRIPT_FAILED);
    assertThat(ended.message()).contains("could not be started").contains("/opt/conda/bin/python");
    assertThat(ended.startTime()).isEmpty();
  }

  @Test
  void theKernelsEndForMemoryIsTold() {
    assertThat(ended("", terminated("Failed", 137, "OOMKilled")).cause())
        .isEqualTo(Cause.OUT_OF_MEMORY);
  }

  @Test
  void theDeadlineIsToldWhateverTheExitCode() {
    assertThat(ended("", "reason: DeadlineExceeded\n" + terminated("Failed", 137, "Error")).cause())
        .isEqualTo(Cause.DEADLINE);
  }

  @Test
  void anEvictedPodKeepsTheKubeletsSentence() {
    RunObservation.Ended ended =
        ended(
            "",
            """
            phase: Failed
            reason: Evicted
            message: "The node was low on resource: memory. "
            """);
    assertThat(ended.cause()).isEqualTo(Cause.EVICTED);
    assertThat(ended.message()).endsWith("The node was low on resource: memory.");
    assertThat(ended.exitCode()).isEmpty();
  }

  @Test
  void aPreemptedPodKeepsTheSchedulersSentence() {
    RunObservation.Ended ended =
        ended(
            "",
            """
            conditions:
            - {type: DisruptionTarget, status: "True", reason: PreemptionByScheduler, message: preempting to accommodate a higher priority pod}
            """
                + terminated("Failed", 143, "Error"));
    assertThat(ended.cause()).isEqualTo(Cause.EVICTED);
    assertThat(ended.message()).endsWith("a higher priority pod.");
  }

  @Test
  void aPodThatIsDeletedUnderItsScriptIsNotTheScriptsFault() {
    assertThat(ended("deletionTimestamp: 2026-01-01T10:04:00Z", terminated("Failed", 137, "Error")))
        .satisfies(ended -> {
          assertThat(ended.cause()).isEqualTo(Cause.EVICTED);
          assertThat(ended.message()).contains("deleted while the script ran");
        });
  }

  @Test
  void aScriptWhosePodIsBeingDeletedIsAboutToEnd() {
    assertThat(PodDiagnosis.ofPod(pod("deletionTimestamp: 2026-01-01T10:04:00Z", running()), NOW))
        .isInstanceOfSatisfying(
            RunObservation.Running.class, running -> assertThat(running.ending()).isTrue());
  }

  @Test
  void aScriptThatEndsWellWhileItsPodIsDeletedEndedWell() {
    assertThat(
            ended(
                    "deletionTimestamp: 2026-01-01T10:04:00Z",
                    terminated("Succeeded", 0, "Completed"))
                .cause())
        .isEqualTo(Cause.SUCCEEDED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NodeLost", "NodeShutdown", "Shutdown", "Terminated", "NodeAffinity"})
  void aNodeThatGoesAwayLosesTheAttempt(String reason) {
    assertThat(ended("", "reason: " + reason + "\n" + terminated("Failed", 137, "Error")).cause())
        .isEqualTo(Cause.LOST);
  }

  @Test
  void aContainerThatARestartedRuntimeDoesNotKnowIsLost() {
    assertThat(ended("", terminated("Failed", 255, "Unknown")).cause()).isEqualTo(Cause.LOST);
    assertThat(ended("", terminated("Failed", 137, "ContainerStatusUnknown")).cause())
        .isEqualTo(Cause.LOST);
    assertThat(ended("", "phase: Failed").cause()).isEqualTo(Cause.LOST);
  }

  @Test
  void aScriptMayExitWith255Itself() {
    RunObservation.Ended ended = ended("", terminated("Failed", 255, "Error"));
    assertThat(ended.cause()).isEqualTo(Cause.SCRIPT_FAILED);
    assertThat(ended.exitCode()).hasValue(255);
  }

  @Test
  void otherContainersOfThePodDoNotCount() {
    assertWaiting(
        """
        phase: Pending
        containerStatuses: [{name: sidecar, state: {terminated: {exitCode: 1}}}]
        """,
        Reason.QUEUED,
        "is being started");
  }

  @Test
  void aJobWithoutPodIsAboutToMakeIt() {
    assertThat(PodDiagnosis.withoutPod(job(""), Optional.empty()))
        .isInstanceOfSatisfying(
            RunObservation.Waiting.class,
            waiting -> assertThat(waiting.reason()).isEqualTo(Reason.QUEUED));
  }

  @Test
  void aJobThatMayNotMakeItsPodSaysWhy() {
    assertThat(
            PodDiagnosis.withoutPod(
                job(""), Optional.of("pods \"ridge-1-\" is forbidden: exceeded quota: no-pods")))
        .isInstanceOfSatisfying(
            RunObservation.Waiting.class,
            waiting -> {
              assertThat(waiting.reason()).isEqualTo(Reason.QUOTA_EXCEEDED);
              assertThat(waiting.message()).contains("forbidden: exceeded quota: no-pods");
            });
  }

  @Test
  void aJobThatFailedAndHasNoPodWasLost() {
    assertThat(
            PodDiagnosis.withoutPod(
                job(
                    """
                    conditions:
                    - {type: Failed, status: "True", message: Job has reached the specified backoff limit}
                    """),
                Optional.empty()))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            ended -> {
              assertThat(ended.cause()).isEqualTo(Cause.LOST);
              assertThat(ended.message()).endsWith("the specified backoff limit.");
            });
  }

  @Test
  void aPodWhoseJobIsGoneIsWaitedForWhileItEndsAndReadWhenItStays() {
    assertThat(
            PodDiagnosis.ofPodWithoutJob(
                pod("deletionTimestamp: 2026-01-01T10:04:00Z", running()), NOW))
        .isInstanceOf(RunObservation.Waiting.class);
    assertThat(PodDiagnosis.ofPodWithoutJob(pod("", running()), NOW))
        .isInstanceOf(RunObservation.Running.class);
  }

  private static void assertWaiting(String status, Reason reason, String text) {
    assertThat(PodDiagnosis.ofPod(pod("", status), NOW))
        .isInstanceOfSatisfying(
            RunObservation.Waiting.class,
            waiting -> {
              assertThat(waiting.reason()).isEqualTo(reason);
              assertThat(waiting.message()).contains(text);
            });
  }

  private static RunObservation.Ended ended(String metadata, String status) {
    return (RunObservation.Ended) PodDiagnosis.ofPod(pod(metadata, status), NOW);
  }

  private static String waiting(String reason, String message) {
    return """
    phase: Pending
    conditions: [{type: PodScheduled, status: "True"}]
    containerStatuses:
    - name: train
      state: {waiting: {reason: %s, message: '%s'}}
    """
        .formatted(reason, message);
  }

  private static String running() {
    return """
    phase: Running
    containerStatuses:
    - name: train
      state: {running: {startedAt: "2026-01-01T10:00:00Z"}}
    """;
  }

  private static String terminated(String phase, int exitCode, String reason) {
    return """
    phase: %s
    containerStatuses:
    - name: train
      state:
        terminated:
          exitCode: %d
          reason: %s
          startedAt: "2026-01-01T10:00:00Z"
          finishedAt: "2026-01-01T10:05:00Z"
    """
        .formatted(phase, exitCode, reason);
  }

  @Test
  void aPodIsFreshUntilTheSchedulerSaysSomethingOfIt() {
    assertThat(PodDiagnosis.isScheduling(pod("", "phase: Pending"))).isFalse();
    assertThat(
            PodDiagnosis.isScheduling(
                pod("", "phase: Pending\nconditions: [{type: PodScheduled, status: 'False'}]")))
        .isTrue();
    assertThat(PodDiagnosis.isScheduling(pod("", "phase: Failed"))).isTrue();
  }

  private static Pod pod(String metadata, String status) {
    return Serialization.unmarshal(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: ridge-1-abcde\n"
            + metadata.indent(2)
            + "spec: {nodeName: node-1}\n"
            + (status.isEmpty() ? "" : "status:\n" + status.indent(2)),
        Pod.class);
  }

  private static Job job(String status) {
    return Serialization.unmarshal(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: ridge-1}\n"
            + (status.isEmpty() ? "" : "status:\n" + status.indent(2)),
        Job.class);
  }
}
