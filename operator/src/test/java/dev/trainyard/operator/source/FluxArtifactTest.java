package dev.trainyard.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import org.junit.jupiter.api.Test;

class FluxArtifactTest {
  private static final String SHA256 = "5f70bf18".repeat(8);

  @Test
  void whatFluxHasFetchedOfGitIsKnownByItsCommit() {
    assertThat(read(1, "True", 1, "sha256:" + SHA256, "main@sha1:c0ffee"))
        .isEqualTo(new FluxArtifact.Ready("http://flux.test/a.tar.gz", SHA256, "c0ffee"));
  }

  @Test
  void whatFluxHasFetchedOfARegistryIsKnownByItsDigest() {
    assertThat(read(1, "True", 1, "sha256:" + SHA256, "latest@sha256:" + SHA256))
        .isEqualTo(new FluxArtifact.Ready("http://flux.test/a.tar.gz", SHA256, "sha256:" + SHA256));
  }

  @Test
  void anArtifactOfAnEarlierSpecIsNotTaken() {
    assertThat(message(read(2, "True", 1, "sha256:" + SHA256, "main@sha1:c0ffee")))
        .contains("GitRepository diabetes", "has not fetched what it asks for yet");
  }

  @Test
  void anArtifactFromBeforeATroubleIsNotTakenAndTheTroubleIsQuoted() {
    assertThat(message(read(1, "False", 1, "sha256:" + SHA256, "main@sha1:c0ffee")))
        .contains("Flux's own words. The run goes on");
  }

  @Test
  void aDigestOfAnotherAlgorithmIsNamed() {
    assertThat(message(read(1, "True", 1, "sha512:ab", "main@sha1:c0ffee")))
        .contains("sha512:ab", "--artifact-digest-algo");
  }

  @Test
  void anObjectThatNobodyHasLookedAtIsNotReady() {
    assertThat(message(of("metadata: {generation: 1}"))).contains("has not fetched");
  }

  private static String message(FluxArtifact artifact) {
    assertThat(artifact).isInstanceOf(FluxArtifact.NotReady.class);
    var notReady = (FluxArtifact.NotReady) artifact;
    assertThat(notReady.reason()).isEqualTo(Reason.FLUX_SOURCE_NOT_READY);
    return notReady.message();
  }

  private static FluxArtifact read(
      int generation, String ready, int observed, String digest, String revision) {
    return of(
        """
        metadata: {generation: %d}
        status:
          conditions:
          - {type: Reconciling, status: "True", message: at work}
          - {type: Ready, status: "%s", observedGeneration: %d, message: "Flux's own words"}
          artifact: {url: "http://flux.test/a.tar.gz", digest: "%s", revision: "%s"}
        """
            .formatted(generation, ready, observed, digest, revision));
  }

  private static FluxArtifact of(String yaml) {
    var source = new Source.Flux(Source.FluxKind.GIT_REPOSITORY, "diabetes", null);
    return FluxArtifact.of(source, Serialization.unmarshal(yaml, GenericKubernetesResource.class));
  }
}
