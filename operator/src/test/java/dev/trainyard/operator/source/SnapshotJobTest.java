package dev.trainyard.operator.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotJobTest {

  @Test
  void thePodPassesPodSecurityRestricted() {
    PodSpec pod = pod(job("{url: 'https://git.test/a'}", Map.of(), 0));
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getRestartPolicy()).isEqualTo("Never");
    Container container = pod.getContainers().getFirst();
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(container.getResources().getLimits()).containsKey("memory");
  }

  @Test
  void valuesTravelAsArgumentsOfTheirOwn() {
    Job job = job("{url: 'https://git.test/a;rm -rf $HOME', tag: '--x', path: 'a b'}", Map.of(), 0);
    Container container = pod(job).getContainers().getFirst();
    assertThat(container.getCommand()).isEmpty();
    assertThat(container.getArgs())
        .containsExactly(
            "snapshot-git",
            "--url=https://git.test/a;rm -rf $HOME",
            "--tag=--x",
            "--path=a b",
            "--repository=registry.test/trainyard/team");
  }

  @ParameterizedTest
  @CsvSource({"branch, main", "tag, v1", "commit, c0ffee1"})
  void theRefIsHandedOn(String kind, String ref) {
    Job job = job("{url: 'https://git.test/a', " + kind + ": '" + ref + "'}", Map.of(), 0);
    assertThat(pod(job).getContainers().getFirst().getArgs()).contains("--" + kind + "=" + ref);
  }

  @Test
  void theSecretOfTheSourceIsMountedAndNotRead() {
    PodSpec pod = pod(job("{url: 'https://git.test/a', secretRef: {name: login}}", Map.of(), 0));
    assertThat(pod.getVolumes())
        .filteredOn(volume -> volume.getSecret() != null)
        .singleElement()
        .satisfies(volume -> {
          assertThat(volume.getSecret().getSecretName()).isEqualTo("login");
          assertThat(volume.getSecret().getDefaultMode()).isEqualTo(0440);
        });
    assertThat(pod.getContainers().getFirst().getVolumeMounts())
        .filteredOn(mount -> mount.getName().equals("source"))
        .singleElement()
        .satisfies(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(pod.getContainers().getFirst().getEnv())
        .allSatisfy(variable -> assertThat(variable.getValueFrom()).isNull());
  }

  @Test
  void theRegistrysSecretIsMountedWhereThereIsOne() {
    Job job = job("{url: 'https://git.test/a'}", Map.of("TRAINYARD_REGISTRY_SECRET", "push"), 0);
    assertThat(pod(job).getContainers().getFirst().getArgs())
        .contains("--registry-config=/var/run/trainyard/registry/.dockerconfigjson");
    assertThat(pod(job).getVolumes())
        .filteredOn(volume -> volume.getSecret() != null)
        .extracting(volume -> volume.getSecret().getSecretName())
        .containsExactly("push");
  }

  @Test
  void withoutSecretsNothingIsMountedButAFolderToWorkIn() {
    PodSpec pod = pod(job("{url: 'https://git.test/a'}", Map.of(), 0));
    assertThat(pod.getVolumes()).extracting(volume -> volume.getName()).containsExactly("tmp");
  }

  @Test
  void whatTheAdministratorAllowsIsToldToTheBuilder() {
    Job job =
        job("{url: 'http://git.test/a'}", Map.of("TRAINYARD_ALLOW_INSECURE_SOURCES", "true"), 0);
    assertThat(pod(job).getContainers().getFirst().getEnv())
        .anySatisfy(variable -> {
          assertThat(variable.getName()).isEqualTo("TRAINYARD_ALLOW_INSECURE_SOURCES");
          assertThat(variable.getValue()).isEqualTo("true");
        })
        .anySatisfy(variable -> {
          assertThat(variable.getName()).isEqualTo("TRAINYARD_REGISTRY_INSECURE");
          assertThat(variable.getValue()).isEqualTo("false");
        });
  }

  @Test
  void theAuthoritiesOfTheSourceAreMountedAsAFile() {
    PodSpec pod =
        pod(job("{url: 'https://git.test/a', caConfigMapRef: {name: corp}}", Map.of(), 0));
    assertThat(pod.getContainers().getFirst().getArgs())
        .contains("--authorities=/var/run/trainyard/authorities/ca.crt");
    assertThat(pod.getVolumes())
        .filteredOn(volume -> volume.getConfigMap() != null)
        .singleElement()
        .satisfies(volume -> assertThat(volume.getConfigMap().getName()).isEqualTo("corp"));
    assertThat(pod.getContainers().getFirst().getVolumeMounts())
        .anySatisfy(
            mount -> assertThat(mount.getMountPath()).isEqualTo("/var/run/trainyard/authorities"));
  }

  @Test
  void anArtifactOfFluxIsAnArchiveOfAHostThatIsAllowed() {
    var flux = new Source.Flux(Source.FluxKind.GIT_REPOSITORY, "diabetes", "training");
    var artifact = new FluxArtifact.Ready("http://flux.test/a$(HOME)", "c0ffee", "0b1f647");
    assertThat(JobSource.of(flux, artifact, Set.of("flux.test")).arguments())
        .containsExactly(
            "snapshot-archive",
            "--field=source.flux",
            "--url=http://flux.test/a$$(HOME)",
            "--sha256=c0ffee",
            "--version-id=0b1f647",
            "--path=training",
            "--trusted-host=flux.test");
  }

  @Test
  void theJobBelongsToItsRunAndIsNamedAfterIt() {
    Job job = job("{url: 'https://git.test/a'}", Map.of(), 0);
    assertThat(job.getMetadata().getName()).isEqualTo("snapshot-run-uid");
    assertThat(job.getMetadata().getNamespace()).isEqualTo("team");
    assertThat(job.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(owner -> assertThat(owner.getUid()).isEqualTo("run-uid"));
    assertThat(SnapshotJob.runUid(job)).isEqualTo("run-uid");
  }

  @Test
  void theJobDoesNotTryAgainByItselfAndEnds() {
    Job job = job("{url: 'https://git.test/a'}", Map.of(), 0);
    assertThat(job.getSpec().getBackoffLimit()).isZero();
    assertThat(job.getSpec().getActiveDeadlineSeconds()).isEqualTo(1_800);
  }

  @Test
  void aJobRemembersHowOftenItWasMade() {
    assertThat(SnapshotJob.retries(job("{url: 'https://git.test/a'}", Map.of(), 7))).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource({"many", "-1", "99999999999"})
  void aCountThatSomebodyBrokeIsNone(String text) {
    Job job = job("{url: 'https://git.test/a'}", Map.of(), 0);
    job.getMetadata().setAnnotations(Map.of("trainyard.dev/retries", text));
    assertThat(SnapshotJob.retries(job)).isZero();
  }

  private static PodSpec pod(Job job) {
    return job.getSpec().getTemplate().getSpec();
  }

  private static Job job(String git, Map<String, String> more, int retries) {
    var environment =
        new HashMap<>(
            Map.of(
                "TRAINYARD_REGISTRY_PUSH", "registry.test",
                "TRAINYARD_BUILDER_IMAGE", "builder.test/builder:1"));
    environment.putAll(more);
    Settings settings = Settings.from(environment);
    TrainingRun run =
        Serialization.unmarshal(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: TrainingRun
            metadata: {name: first, namespace: team, uid: run-uid}
            spec: {source: {git: %s}}
            """
                .formatted(git),
            TrainingRun.class);
    return new SnapshotJob(settings, new ImageStore(settings))
        .of(run, JobSource.of(run.getSpec().source()), retries);
  }
}
