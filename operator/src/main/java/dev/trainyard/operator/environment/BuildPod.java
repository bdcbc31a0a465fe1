package dev.trainyard.operator.environment;

import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.util.Map;
import java.util.stream.Stream;

/** What the pods of all builds have in common: user, limits, and no token. */
final class BuildPod {
  private BuildPod() {}

  /** A pod without containers and volumes; its seccomp profile is left to the caller. */
  static PodSpecBuilder spec(Settings settings) {
    return new PodSpecBuilder()
        .withRestartPolicy("Never")
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(1000L)
        .withRunAsGroup(1000L)
        .withFsGroup(1000L)
        .withFsGroupChangePolicy("OnRootMismatch")
        .endSecurityContext()
        .withImagePullSecrets(
            settings.registrySecret().map(LocalObjectReference::new).stream().toList());
  }

  /** The container of a step, without command, mounts and security context. */
  static ContainerBuilder container(
      Settings settings, BuildStep step, String image, Map<String, String> variables) {
    return new ContainerBuilder()
        .withName(step.container())
        .withImage(image)
        .withImagePullPolicy("IfNotPresent")
        .withEnv(
            Stream.concat(variables.entrySet().stream(), Stream.of(Map.entry("HOME", "/tmp")))
                .map(variable -> variable(variable.getKey(), variable.getValue()))
                .toList())
        .withNewResources()
        .addToRequests("cpu", Quantity.parse(settings.environments().cpuRequest()))
        .addToRequests("memory", Quantity.parse(settings.environments().memoryRequest()))
        .addToLimits("memory", Quantity.parse(settings.environments().memoryLimit()))
        .endResources()
        .withTerminationMessagePolicy("FallbackToLogsOnError");
  }

  /** What Pod Security "restricted" asks of a container, but for the seccomp profile. */
  static SecurityContext restricted() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .build();
  }

  /** The kubelet expands {@code $(NAME)} in values; {@code $$} stands for a plain dollar sign. */
  private static EnvVar variable(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value.replace("$(", "$$(")).build();
  }
}
