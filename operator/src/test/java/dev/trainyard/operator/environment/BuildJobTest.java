package dev.trainyard.operator.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BuildJobTest {
  private static final Map<String, String> VARIABLES =
      Map.of(
          "TRAINYARD_REGISTRY_PUSH", "registry.example.com",
          "TRAINYARD_REGISTRY_SECRET", "registry",
          "TRAINYARD_BUILDER_IMAGE", "ghcr.io/trainyard/builder:1",
          "TRAINYARD_ENVIRONMENT_CONDA_IMAGE", "ghcr.io/trainyard/conda:1",
          "TRAINYARD_ENVIRONMENT_CHANNELS", "defaults=https://mirror.example.com/main",
          "TRAINYARD_ENVIRONMENT_PIP_INDEX_URL", "https://mirror.example.com/simple",
          "TRAINYARD_ENVIRONMENT_HTTPS_PROXY", "http://proxy.example.com:3128");

  private final Job job = job();

  @Test
  void theJobIsTheOneThatWasReviewed() throws IOException {
    assertThat(Serialization.asYaml(job)).isEqualTo(resource("build-job.yaml"));
  }

  @Test
  void noContainerHasAPrivilegeAndThePodHasNoToken() {
    PodSpec pod = job.getSpec().getTemplate().getSpec();
    assertThat(pod.getAutomountServiceAccountToken()).isFalse();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(Stream.concat(pod.getInitContainers().stream(), pod.getContainers().stream()))
        .extracting(Container::getSecurityContext)
        .allSatisfy(context -> {
          assertThat(context.getAllowPrivilegeEscalation()).isFalse();
          assertThat(context.getReadOnlyRootFilesystem()).isTrue();
          assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
        });
  }

  @Test
  void onlyTheStepThatPushesSeesTheRegistrysSecret() {
    PodSpec pod = job.getSpec().getTemplate().getSpec();
    assertThat(pod.getInitContainers())
        .allSatisfy(container ->
            assertThat(container.getVolumeMounts())
                .noneMatch(mount -> mount.getName().equals("registry")));
    assertThat(pod.getContainers().getFirst().getVolumeMounts())
        .noneMatch(mount -> mount.getName().equals("credentials"));
  }

  private static Job job() {
    Settings settings = Settings.from(VARIABLES);
    Environment environment =
        Serialization.unmarshal(
            Objects.requireNonNull(BuildJobTest.class.getResourceAsStream("environment.yaml")),
            Environment.class);
    return new BuildJob(settings, new ImageStore(settings))
        .of(environment, 2, Optional.of("packages"));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = BuildJobTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
