package dev.trainyard.e2e.release;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** What an administrator does with the release; each story begins with the values of the others. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Execution(ExecutionMode.SAME_THREAD)
@Isolated
class ReleaseIT {
  private static final long PATIENCE_SECONDS = 180;
  private static final String RUNS_CRD = "trainingruns.trainyard.dev";

  private final KubernetesClient client = new KubernetesClientBuilder().build();
  private final List<String> namespaces = new ArrayList<>();
  private final Release release;

  ReleaseIT() throws IOException {
    release = new Release(client);
  }

  @AfterAll
  void putBack() {
    namespaces.forEach(name -> client.namespaces().withName(name).delete());
    release.apply(Map.of());
    client.close();
  }

  @Test
  void namedNamespacesAreLookedAfterWithoutAnyRightInOthers() {
    String named = namespace();
    String other = namespace();
    release.apply(Map.of("watchNamespaces[0]", named));
    assertThat(client.rbac().clusterRoles().withName("trainyard-operator").get()).isNull();
    apply(other, "elsewhere");
    apply(named, "here");
    assertThat(awaitOver(named, "here").getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
    assertThat(run(other, "elsewhere").require().getStatus()).isNull();

    release.apply(Map.of());
    assertThat(awaitOver(other, "elsewhere").getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
  }

  @Test
  void runsOutliveTheReleaseAndDoNotRunAgainUnderANewOne() {
    String namespace = namespace();
    apply(namespace, "before");
    TrainingRun before = awaitOver(namespace, "before");
    release.uninstall();
    assertThat(client.apiextensions().v1().customResourceDefinitions().withName(RUNS_CRD).get())
        .isNotNull();
    assertThat(run(namespace, "before").require().getStatus()).isEqualTo(before.getStatus());

    release.apply(Map.of());
    apply(namespace, "after");
    assertThat(awaitOver(namespace, "after").getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
    assertThat(run(namespace, "before").require().getStatus().attempts())
        .isEqualTo(before.getStatus().attempts());
    assertThat(client.batch().v1().jobs().inNamespace(namespace).list().getItems()).hasSize(2);
  }

  @Test
  void anUpgradeBringsTheFieldsThatAnEarlierVersionsCrdsLack() {
    String namespace = namespace();
    apply(namespace, "kept");
    awaitOver(namespace, "kept");
    crd()
        .edit(crd -> {
          fields(crd).remove("ttlSecondsAfterFinished");
          return crd;
        });
    assertThat(fields(crd().require())).doesNotContainKey("ttlSecondsAfterFinished");
    release.apply(Map.of());
    assertThat(fields(crd().require())).containsKey("ttlSecondsAfterFinished");
    assertThat(run(namespace, "kept").require().getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
  }

  @Test
  void withAClaimTheRegistryKeepsItsImagesOverARestart() {
    String namespace = namespace();
    try (var volume = new RegistryVolume(client, namespace)) {
      release.apply(
          Map.of(
              "registry.embedded.persistence.enabled",
              true,
              "registry.embedded.persistence.storageClass",
              RegistryVolume.CLASS));
      apply(namespace, "pushed");
      awaitOver(namespace, "pushed");
      release.restart("registry");
      assertThat(volume.hasTags("trainyard/" + namespace)).isTrue();
      release.apply(Map.of());
    }
  }

  private String namespace() {
    String name =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("release-")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
    namespaces.add(name);
    return name;
  }

  private void apply(String namespace, String name) {
    String manifests = ScriptRun.named(name).saying(name);
    client
        .load(new ByteArrayInputStream(manifests.getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
  }

  private TrainingRun awaitOver(String namespace, String name) {
    return run(namespace, name)
        .waitUntilCondition(
            run ->
                run != null
                    && run.getStatus() != null
                    && run.getStatus().phase() != null
                    && run.getStatus().phase().isTerminal(),
            PATIENCE_SECONDS,
            TimeUnit.SECONDS);
  }

  private Resource<TrainingRun> run(String namespace, String name) {
    return client.resources(TrainingRun.class).inNamespace(namespace).withName(name);
  }

  private Resource<CustomResourceDefinition> crd() {
    return client.apiextensions().v1().customResourceDefinitions().withName(RUNS_CRD);
  }

  private static Map<String, JSONSchemaProps> fields(CustomResourceDefinition crd) {
    JSONSchemaProps schema =
        crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
    return Objects.requireNonNull(schema.getProperties().get("spec")).getProperties();
  }
}
