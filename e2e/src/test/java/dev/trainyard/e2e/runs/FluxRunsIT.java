package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** Runs whose source Flux has fetched, in clusters with Flux and without. */
@ExtendWith(YardExtension.class)
@DisabledIf(value = "hasFlux", disabledReason = "the cluster has Flux, which must stay as it is")
@Isolated("adds kinds to the cluster and takes them away")
@Execution(ExecutionMode.SAME_THREAD)
class FluxRunsIT {
  private static final String COMMIT = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
  private static final String PRIVATE = "http://10.0.0.1/artifact.tar.gz";

  private final Yard yard;
  private final FluxStandIn flux;

  FluxRunsIT(Yard yard) {
    this.yard = yard;
    this.flux = new FluxStandIn(yard);
  }

  static boolean hasFlux() {
    try (var client = new KubernetesClientBuilder().build()) {
      return FluxStandIn.isThere(client);
    }
  }

  @AfterEach
  void takeAway() {
    flux.close();
  }

  @Test
  void aRunWaitsForFluxForItsObjectAndForItsArtifactAndThenTrainsWithIt() throws IOException {
    Run run = run("waits", "GitRepository", "diabetes", ", path: training");
    run.awaitReason("FluxNotInstalled");
    assertThat(run.message()).contains("GitRepository", "source.toolkit.fluxcd.io/v1");
    flux.installKinds();
    String sha256 = flux.serve("training/train.py", "print('from Flux')");
    run.awaitReason("FluxSourceNotFound");
    assertThat(run.message()).contains("diabetes", yard.namespace());
    flux.create(yard, "GitRepository", "diabetes");
    run.awaitReason("FluxSourceNotReady");
    flux.failed(yard, "GitRepository", "diabetes", "authentication required");
    run.await("says why", r -> run.message().contains("authentication required"));
    flux.fetched(
        yard, "GitRepository", "diabetes", FluxStandIn.url(), sha256, "main@sha1:" + COMMIT);
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("from Flux");
    assertThat(run.snapshot().commit()).isEqualTo(COMMIT);
  }

  @Test
  void anOciRepositorysArtifactIsHeldToItsDigestAndToTheHostsThatAreAllowed() throws IOException {
    flux.installKinds();
    String sha256 = flux.serve("train.py", "print('from OCI')");
    String revision = "latest@sha256:" + "a".repeat(64);
    flux.create(yard, "OCIRepository", "good");
    flux.fetched(yard, "OCIRepository", "good", FluxStandIn.url(), sha256, revision);
    flux.create(yard, "OCIRepository", "other");
    flux.fetched(yard, "OCIRepository", "other", FluxStandIn.url(), "0".repeat(64), revision);
    flux.create(yard, "OCIRepository", "elsewhere");
    flux.fetched(yard, "OCIRepository", "elsewhere", PRIVATE, sha256, revision);
    Run good = run("good", "OCIRepository", "good", "");
    Run other = run("other", "OCIRepository", "other", "");
    Run elsewhere = run("elsewhere", "OCIRepository", "elsewhere", "");
    assertThat(good.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("from OCI");
    assertThat(good.snapshot().commit()).isEqualTo("sha256:" + "a".repeat(64));
    other.awaitReason("SourceInvalid");
    assertThat(other.message()).contains(sha256, "0".repeat(64), "source.flux");
    elsewhere.awaitReason("UrlNotAllowed");
    assertThat(elsewhere.message()).contains("10.0.0.1", "fluxHosts");
  }

  private Run run(String name, String kind, String object, String more) {
    return yard.run(
        name,
        """
        script: train.py
        source: {flux: {kind: %s, name: %s%s}}
        runConfiguration:
          environment: {python: {userManagedDependencies: true}, docker: {shmSize: 16m}}
        """
            .formatted(kind, object, more));
  }
}
