package dev.trainyard.operator.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuildFailuresTest {
  private static final JobCondition FAILED =
      new JobConditionBuilder()
          .withType("Failed")
          .withStatus("True")
          .withReason("BackoffLimitExceeded")
          .build();

  /** Nobody listens there, so that logs cannot be read: a failure is told without them. */
  private final KubernetesClient client =
      new KubernetesClientBuilder()
          .withConfig(
              new ConfigBuilder()
                  .withAutoConfigure(false)
                  .withMasterUrl("http://127.0.0.1:9")
                  .withRequestRetryBackoffLimit(0)
                  .build())
          .build();

  private final BuildFailures failures =
      new BuildFailures(
          new BuildLog(client),
          Settings.from(Map.of("TRAINYARD_REGISTRY_PUSH", "r", "TRAINYARD_BUILDER_IMAGE", "b"))
              .environments());

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void aStepsOwnWordsCountAndAreFollowedByWhatToDo() {
    assertThat(ofConda("Unsatisfiable", "a needs b", false))
        .isEqualTo(
            new BuildObservation.Failed(
                Reason.UNSATISFIABLE,
                "a needs b Loosen a version under dependencies, or add a channel that has what is"
                    + " missing.",
                false,
                ""));
  }

  @Test
  void aChannelThatDoesNotAnswerIsAskedAgainAndThePlacesToCheckAreNamed() {
    var failed = ofConda("ChannelUnreachable", "The conda channel x answers 503.", true);
    assertThat(failed.passing()).isTrue();
    assertThat(failed.message())
        .startsWith("The conda channel x answers 503. ")
        .contains("channels", "environments.channels", "environments.proxy");
  }

  @Test
  void whatToDoStandsBeforeTheLinesOfAProgram() {
    var failed = ofConda("PackageIndexUnreachable", "pip failed. Its last lines:\\na\\nb", true);
    assertThat(failed.with("Again.").message())
        .isEqualTo(
            "pip failed. The index does not answer: if it stays so, check environments.pipIndexUrl"
                + " and environments.proxy in the chart's values. Again. Its last lines:\na\nb");
    assertThat(ofConda("Unsatisfiable", "Cannot solve:\\n- a\\n- b", false).message())
        .startsWith("Loosen a version under dependencies")
        .endsWith(" Cannot solve:\n- a\n- b");
  }

  @Test
  void aChannelThatWantsAPasswordNamesTheSecretOfTheSettings() {
    assertThat(ofConda("ChannelUnauthorized", "x answers 401.", false).message())
        .contains("trainyard-package-credentials");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The conda channel x does not answer: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify"
            + " failed: self-signed certificate (_ssl.c:1006).",
        "A conda channel failed: invalid peer certificate: UnknownIssuer."
      })
  void aCertificateThatIsNotTrustedIsNotTriedAgainAndSaysWhereItsAuthorityGoes(String words) {
    var failed = ofConda("ChannelUnreachable", words, true);
    assertThat(failed.passing()).isFalse();
    assertThat(failed.message()).startsWith(words).contains("trainyard-authorities", "ca.crt");
  }

  @Test
  void aNodeThatHasNoMoreMemoryIsAnotherTryAndSaysWhatToAskFor() {
    Pod pod = pod(ended("probe", 0, "", ""));
    pod.getStatus().setReason("Evicted");
    pod.getStatus().setMessage("The node was low on resource: memory. Available: 90Mi.");
    var failed = failures.of(FAILED, Optional.of(pod));
    assertThat(failed.reason()).isEqualTo(Reason.BUILD_OUT_OF_MEMORY);
    assertThat(failed.message())
        .contains("Available: 90Mi.", "512Mi", "environments.memoryRequest");
    assertThat(failed.passing()).isTrue();
  }

  @Test
  void aStepThatRanOutOfMemorySaysWhatToRaise() {
    var failed = failures.of(FAILED, Optional.of(pod(ended("probe", 0, "", ""), oom("conda"))));
    assertThat(failed.reason()).isEqualTo(Reason.BUILD_OUT_OF_MEMORY);
    assertThat(failed.message()).contains("2Gi").contains("environments.memoryLimit");
    assertThat(failed.passing()).isFalse();
  }

  @Test
  void aPackerWhoseHeapIsFullSaysWhatToRaise() {
    var failed =
        failures.of(
            FAILED,
            Optional.of(
                pod(ended("pack", 3, "Error", "Terminating due to java.lang.OutOfMemoryError"))));
    assertThat(failed.reason()).isEqualTo(Reason.BUILD_OUT_OF_MEMORY);
    assertThat(failed.message()).contains("environments.memoryLimit");
  }

  @Test
  void anEvictedPodGivesTheKubeletsWordsAndWhatToRaise() {
    Pod pod = pod(ended("probe", 0, "", ""));
    pod.getStatus().setReason("Evicted");
    pod.getStatus().setMessage("Usage of EmptyDir volume \"prefix\" exceeds the limit \"20Gi\".");
    var failed = failures.of(FAILED, Optional.of(pod));
    assertThat(failed.reason()).isEqualTo(Reason.DISK_FULL);
    assertThat(failed.message()).contains("exceeds the limit").contains("environments.storage");
  }

  @Test
  void aDeletedPodIsAnotherTry() {
    var failed = failures.of(FAILED, Optional.empty());
    assertThat(failed.reason()).isEqualTo(Reason.BUILD_LOST);
    assertThat(failed.passing()).isTrue();
  }

  @Test
  void aBaseImageThatCannotRunAShellIsToldSo() {
    var failed =
        failures.of(
            FAILED,
            Optional.of(pod(ended("probe", 127, "StartError", "exec: /bin/sh: no such file"))));
    assertThat(failed.reason()).isEqualTo(Reason.BASE_IMAGE_UNUSABLE);
    assertThat(failed.message()).contains("/bin/sh").contains("choose one");
    assertThat(failed.passing()).isFalse();
  }

  @Test
  void aBuildThatTookTooLongSaysHowLongItMayTake() {
    var failed =
        failures.of(
            new JobConditionBuilder(FAILED).withReason("DeadlineExceeded").build(),
            Optional.empty());
    assertThat(failed.reason()).isEqualTo(Reason.BUILD_DEADLINE_EXCEEDED);
    assertThat(failed.message()).contains("PT1H").contains("environments.deadline");
  }

  @Test
  void pausesDoubleFromTenSecondsAndEndAtAboutTenMinutes() {
    assertThat(List.of(1, 2, 3, 7, 8, 50))
        .extracting(count -> Build.pause(count).toSeconds())
        .containsExactly(10L, 20L, 40L, 640L, 640L, 640L);
  }

  private BuildObservation.Failed ofConda(String reason, String message, boolean passing) {
    String result =
        "{\"ok\":false,\"reason\":\"%s\",\"message\":\"%s\",\"passing\":%s}"
            .formatted(reason, message, passing);
    return failures.of(
        FAILED,
        Optional.of(pod(ended("probe", 0, "Completed", ""), ended("conda", 3, "Error", result))));
  }

  private static Pod pod(ContainerStatus... statuses) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("p")
        .withNamespace("n")
        .endMetadata()
        .withNewStatus()
        .withInitContainerStatuses(statuses)
        .endStatus()
        .build();
  }

  private static ContainerStatus oom(String name) {
    return ended(name, 137, "OOMKilled", "");
  }

  private static ContainerStatus ended(String name, int code, String reason, String message) {
    return new ContainerStatusBuilder()
        .withName(name)
        .withNewState()
        .withNewTerminated()
        .withExitCode(code)
        .withReason(reason)
        .withMessage(message)
        .endTerminated()
        .endState()
        .build();
  }
}
