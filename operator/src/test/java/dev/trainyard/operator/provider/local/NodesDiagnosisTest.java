package dev.trainyard.operator.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Runs of two nodes; for runs of one, see {@link PodDiagnosisTest}. */
class NodesDiagnosisTest {
  private static final Instant NOW = Instant.parse("2026-01-01T10:05:00Z");
  private static final Optional<Job> JOB =
      Optional.of(new JobBuilder().withNewMetadata().withName("ridge-1").endMetadata().build());
  private static final String RUNNING =
      "phase: Running, containerStatuses: [{name: train, state: {running: {startedAt:"
          + " '2026-01-01T10:00:05Z'}}}]";

  @Test
  void aRunIsRunningOnceEveryNodeRuns() {
    assertThat(observe(2, node(0, 2, "", RUNNING), node(1, 2, "", RUNNING)))
        .isInstanceOf(RunObservation.Running.class);
    assertThat(observe(2, node(0, 2, "", RUNNING)))
        .as("the second pod is not there yet")
        .isInstanceOfSatisfying(
            RunObservation.Waiting.class,
            waiting -> assertThat(waiting.message()).startsWith("Node 1: "));
    assertThat(observe(2, node(0, 2, "", RUNNING), node(1, 2, "", "phase: Pending")))
        .isInstanceOf(RunObservation.Waiting.class);
  }

  @Test
  void aRunHasSucceededOnceEveryNodeHas() {
    String done = ended("Succeeded", 0, "10:00:09");
    assertThat(observe(2, node(0, 2, "", done), node(1, 2, "", RUNNING)))
        .isInstanceOf(RunObservation.Running.class);
    assertThat(observe(2, node(0, 2, "", done), node(1, 2, "", done)))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> assertThat(over.cause()).isEqualTo(Cause.SUCCEEDED));
  }

  @Test
  void aRunIsOverWithItsWorkersWhateverItsParameterServersDo() {
    String done = ended("Succeeded", 0, "10:00:09");
    assertThat(observe(1, node(0, 1, "", done), node(1, 1, "", RUNNING)))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> assertThat(over.cause()).isEqualTo(Cause.SUCCEEDED));
    assertThat(observe(1, node(0, 1, "", RUNNING), node(1, 1, "", ended("Failed", 9, "10:00:09"))))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> assertThat(over.message()).startsWith("Parameter server 0: "));
  }

  @Test
  void theNodeThatFailedByItselfIsNamedAndNotTheOneThatWasEndedWithinTheSameSecond() {
    Pod ended =
        node(0, 2, "deletionTimestamp: '2026-01-01T10:30:00Z'", ended("Failed", 143, "10:00:09"));
    Pod failed = node(1, 2, "", ended("Failed", 7, "10:00:09"));
    assertThat(observe(2, ended, failed))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> {
              assertThat(over.cause()).isEqualTo(Cause.SCRIPT_FAILED);
              assertThat(over.exitCode()).hasValue(7);
              assertThat(over.message()).startsWith("Node 1: ");
            });
    assertThat(new NodesDiagnosis(List.of(ended, failed), JOB, NOW).byInterest())
        .containsExactly(failed, ended);
  }

  @Test
  void aNodeThatTheClusterTookAwayIsNamedBeforeThoseThatWereEndedForIt() {
    String deleted = "deletionTimestamp: '2026-01-01T10:30:00Z'";
    Pod other = node(0, 2, deleted, ended("Failed", 143, "10:00:09"));
    Pod evicted =
        node(
            1,
            2,
            deleted,
            ended("Failed", 143, "10:00:09")
                + ", conditions: [{type: DisruptionTarget, status: 'True', reason:"
                + " EvictionByEvictionAPI, message: evicted}]");
    assertThat(observe(2, other, evicted))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> {
              assertThat(over.cause()).isEqualTo(Cause.EVICTED);
              assertThat(over.message()).startsWith("Node 1: ");
            });
  }

  @Test
  void aNodeThatWasEndedForOneThatIsStillBeingTakenAwayIsNotTakenForTheCause() {
    String deleted = "deletionTimestamp: '2026-01-01T10:30:00Z'";
    Pod other = node(0, 2, deleted, ended("Failed", 143, "10:00:09"));
    String taken =
        ", conditions: [{type: DisruptionTarget, status: 'True', reason: EvictionByEvictionAPI}]";
    assertThat(observe(2, other, node(1, 2, deleted, RUNNING + taken)))
        .isInstanceOf(RunObservation.Running.class);
    assertThat(observe(2, other, node(1, 2, deleted, RUNNING)))
        .as("nothing tells that the other one is the cause")
        .isInstanceOf(RunObservation.Ended.class);
  }

  @Test
  void aNodeThatSomebodyDeletedIsNamedAndNotTheOneThatFailedForWantOfIt() {
    Pod other = node(0, 2, "", ended("Failed", 1, "10:00:09"));
    String deletedWithGrace =
        "deletionGracePeriodSeconds: 1800\n  deletionTimestamp: '2026-01-01T10:30:%s'";
    Pod before = node(1, 2, deletedWithGrace.formatted("08Z"), ended("Failed", 143, "10:00:08"));
    assertThat(observe(2, jobFailedAt("10:00:09"), other, before))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> {
              assertThat(over.cause()).isEqualTo(Cause.EVICTED);
              assertThat(over.message()).startsWith("Node 1: ");
            });
    Pod ended = node(0, 2, deletedWithGrace.formatted("09Z"), ended("Failed", 143, "10:00:09"));
    assertThat(
            observe(
                2,
                jobFailedAt("10:00:09"),
                ended,
                node(1, 2, deletedWithGrace.formatted("08Z"), RUNNING)))
        .as("it still has its time to end")
        .isInstanceOf(RunObservation.Running.class);
    Pod after = node(1, 2, deletedWithGrace.formatted("09Z"), ended("Failed", 143, "10:00:08"));
    assertThat(observe(2, jobFailedAt("10:00:09"), other, after))
        .as("its Job, which failed, deleted it")
        .isInstanceOfSatisfying(
            RunObservation.Ended.class, over -> assertThat(over.message()).startsWith("Node 0: "));
  }

  @Test
  void theOutputOfANodeThatIsTakenAwayComesFirstWhileAllStillRun() {
    Pod stays = node(0, 2, "", RUNNING);
    Pod goes = node(1, 2, "deletionTimestamp: '2026-01-01T10:30:00Z'", RUNNING);
    assertThat(ending(observe(2, stays, goes))).isTrue();
    assertThat(new NodesDiagnosis(List.of(stays, goes), JOB, NOW).byInterest())
        .containsExactly(goes, stays);
    assertThat(ending(observe(2, stays, node(1, 2, "", RUNNING)))).isFalse();
  }

  @Test
  void whoseOutputComesFirstStaysOpenWhileANodeAwaitsItsCause() {
    String deleted = "deletionTimestamp: '2026-01-01T10:30:00Z'";
    String taken =
        ", conditions: [{type: DisruptionTarget, status: 'True', reason: EvictionByEvictionAPI}]";
    assertThat(
            ending(
                observe(
                    2,
                    node(0, 2, deleted, ended("Failed", 143, "10:00:09")),
                    node(1, 2, deleted, RUNNING + taken))))
        .isFalse();
  }

  private static boolean ending(RunObservation observed) {
    return ((RunObservation.Running) observed).ending();
  }

  @Test
  void anMpiNodeThatIsKilledIsNamedThoughMpirunFailedEarlierByTheClockOfItsMachine() {
    Pod launcher = mpi(0, ended("Failed", 205, "10:04:58"));
    Pod killed = mpi(1, ended("Failed", 137, "10:04:59"));
    assertThat(observe(1, launcher, killed))
        .isInstanceOfSatisfying(
            RunObservation.Ended.class,
            over -> {
              assertThat(over.exitCode()).hasValue(137);
              assertThat(over.message()).startsWith("Node 1: ");
            });
    assertThat(new NodesDiagnosis(List.of(launcher, killed), JOB, NOW).byInterest())
        .containsExactly(killed, launcher);
  }

  @Test
  void anMpirunThatFailsIsNotTheCauseUntilTheOtherNodesHadTheirTimeToTell() {
    assertThat(observe(1, mpi(0, ended("Failed", 205, "10:04:58")), mpi(1, RUNNING)))
        .isInstanceOf(RunObservation.Running.class);
    assertThat(observe(1, mpi(0, ended("Failed", 205, "10:03:58")), mpi(1, RUNNING)))
        .as("a minute has passed")
        .isInstanceOfSatisfying(
            RunObservation.Ended.class, over -> assertThat(over.message()).startsWith("Node 0: "));
    assertThat(
            observe(
                1,
                mpi(0, ended("Failed", 5, "10:04:58")),
                mpi(1, ended("Succeeded", 0, "10:04:58"))))
        .as("the daemon of the other node ended as it should")
        .isInstanceOfSatisfying(
            RunObservation.Ended.class, over -> assertThat(over.message()).startsWith("Node 0: "));
  }

  private static Pod mpi(int index, String status) {
    return new PodBuilder(node(index, 1, "", status))
        .editMetadata()
        .addToAnnotations(NodesDiagnosis.PARAMETER_SERVERS, "0")
        .endMetadata()
        .build();
  }

  private static Optional<Job> jobFailedAt(String time) {
    return JOB.map(job ->
        new JobBuilder(job)
            .withNewStatus()
            .addNewCondition()
            .withType("FailureTarget")
            .withStatus("True")
            .withLastTransitionTime("2026-01-01T" + time + "Z")
            .endCondition()
            .endStatus()
            .build());
  }

  private static RunObservation observe(int deciding, Pod... pods) {
    return observe(deciding, JOB, pods);
  }

  private static RunObservation observe(int deciding, Optional<Job> job, Pod... pods) {
    assertThat(Arrays.asList(pods))
        .allSatisfy(pod ->
            assertThat(pod.getMetadata().getAnnotations())
                .containsEntry(NodesDiagnosis.DECIDING, Integer.toString(deciding)));
    return new NodesDiagnosis(List.of(pods), job, NOW).observed();
  }

  private static String ended(String phase, int exitCode, String time) {
    return """
    phase: %s, containerStatuses: [{name: train, state: {terminated: {exitCode: %d, reason: x,
      startedAt: '2026-01-01T10:00:05Z', finishedAt: '2026-01-01T%sZ'}}}]\
    """
        .formatted(phase, exitCode, time);
  }

  private static Pod node(int index, int deciding, String metadata, String status) {
    return Serialization.unmarshal(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: ridge-1-%1$d
          creationTimestamp: '2026-01-01T10:00:0%1$dZ'
          annotations:
            batch.kubernetes.io/job-completion-index: '%1$d'
            trainyard.dev/nodes: '2'
            trainyard.dev/deciding-nodes: '%2$d'
            trainyard.dev/parameter-servers: '%5$d'
          %3$s
        spec: {nodeName: node-1, containers: [{name: train}]}
        status: {%4$s}
        """
            .formatted(index, deciding, metadata, status, 2 - deciding),
        Pod.class);
  }
}
