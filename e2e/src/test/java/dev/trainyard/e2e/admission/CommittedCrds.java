package dev.trainyard.e2e.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The CRDs of {@code crds/yaml} in a cluster. Those that Helm installed stay as they are; those
 * that were not there go again at the end, so that the chart can be installed afterwards.
 */
final class CommittedCrds implements AutoCloseable {
  private static final Path YAML = Path.of("../crds/yaml");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final KubernetesClient client;
  private final List<CustomResourceDefinition> ours = new ArrayList<>();

  CommittedCrds(KubernetesClient client) {
    this.client = client;
    read().forEach(this::install);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .untilAsserted(this::assertServed);
  }

  @Override
  public void close() {
    client.resourceList(ours.toArray(CustomResourceDefinition[]::new)).delete();
  }

  private void install(CustomResourceDefinition crd) {
    CustomResourceDefinition present = client.resource(crd).get();
    if (present == null) {
      client.resource(crd).create();
      ours.add(crd);
    } else if (!managedByHelm(present)) {
      client.resource(crd).forceConflicts().serverSideApply();
    }
  }

  private static boolean managedByHelm(CustomResourceDefinition crd) {
    return crd.getMetadata().getLabels() != null
        && "Helm".equals(crd.getMetadata().getLabels().get("app.kubernetes.io/managed-by"));
  }

  private void assertServed() throws IOException {
    assertThat(
            new ObjectMapper()
                .readTree(client.raw("/apis/trainyard.dev/v1alpha1"))
                .get("resources"))
        .extracting(resource -> resource.get("kind").asText())
        .contains("ComputeTarget", "Environment", "RunConfiguration", "TrainingRun");
  }

  private List<CustomResourceDefinition> read() {
    try (Stream<Path> files = Files.list(YAML)) {
      var crds = new ArrayList<CustomResourceDefinition>();
      for (Path file : files.sorted().toList()) {
        crds.add(
            client
                .getKubernetesSerialization()
                .unmarshal(Files.readString(file), CustomResourceDefinition.class));
      }
      return crds;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
