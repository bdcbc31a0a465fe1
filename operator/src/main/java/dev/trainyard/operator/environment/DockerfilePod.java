package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec.Dockerfile;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The pod that builds a Dockerfile with rootless BuildKit. It is user 1000 and not privileged, but
 * BuildKit makes a user namespace and mounts in it, which neither seccomp's and AppArmor's default
 * profiles nor Pod Security "baseline" allow: such pods are made only where an administrator said
 * so.
 */
final class DockerfilePod {
  private static final String CONTEXT = "/trainyard/context";
  private static final String STATE = "/trainyard/buildkit";

  /** Constant text: what differs travels in the environment and in arguments. */
  private static final String BUILD =
      "set -eu; mkdir -p \"$XDG_RUNTIME_DIR\" "
          + BuildVolumes.WORK
          + "/empty; "
          + "printf '%s' \"$TRAINYARD_DOCKERFILE\" > "
          + BuildVolumes.WORK
          + "/Dockerfile; "
          + "printf '%s' \"$TRAINYARD_BUILDKITD\" > "
          + BuildVolumes.WORK
          + "/buildkitd.toml; "
          + "printf '%s' \"${TRAINYARD_REGISTRY_AUTHORITIES:-}\" > "
          + BuildKitConfig.AUTHORITIES
          + "; exec buildctl-daemonless.sh \"$@\"";

  private final Settings settings;
  private final ImageStore images;

  DockerfilePod(Settings settings, ImageStore images) {
    this.settings = settings;
    this.images = images;
  }

  PodSpec of(Environment environment, Dockerfile dockerfile) {
    var context = new ArrayList<Container>();
    if (dockerfile.context() != null) {
      context.add(
          context(
              environment,
              dockerfile.context(),
              Objects.requireNonNull(dockerfile.snapshot(), "a context is of a snapshot")));
    }
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
            settings.registrySecret().map(LocalObjectReference::new).stream().toList())
        .withInitContainers(context)
        .withContainers(build(environment, dockerfile))
        .withVolumes(volumes())
        .build();
  }

  private Container context(Environment environment, String directory, String snapshot) {
    var arguments = new ArrayList<String>();
    arguments.add("restore");
    arguments.add("--repository=" + images.pushName(environment.getMetadata().getNamespace()));
    arguments.add("--root=" + CONTEXT);
    arguments.add("--directory=" + directory);
    arguments.add("--snapshot=" + snapshot);
    var mounts = new ArrayList<>(List.of(mount("context", CONTEXT), mount("tmp", "/tmp")));
    if (settings.registrySecret().isPresent()) {
      arguments.add("--registry-config=" + BuildVolumes.REGISTRY + "/config.json");
      mounts.add(BuildVolumes.registry());
    }
    return container(BuildStep.CONTEXT, settings.builderImage(), settings.registryVariables())
        .withArgs(arguments)
        .withVolumeMounts(mounts)
        .withSecurityContext(
            new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .build())
        .build();
  }

  private Container build(Environment environment, Dockerfile dockerfile) {
    var variables = new LinkedHashMap<String, String>(settings.environments().proxies());
    variables.putAll(settings.registryConnections().variables());
    variables.put("TRAINYARD_DOCKERFILE", dockerfile.text());
    variables.put("TRAINYARD_BUILDKITD", BuildKitConfig.text(settings, STATE));
    variables.put(
        "BUILDKITD_FLAGS",
        "--oci-worker-no-process-sandbox --config=" + BuildVolumes.WORK + "/buildkitd.toml");
    variables.put("BUILDCTL_CONNECT_RETRIES_MAX", "100");
    variables.put("XDG_RUNTIME_DIR", "/tmp/run");
    // Without a name of a user, BuildKit takes itself for root.
    variables.put("USER", "user");
    var mounts =
        new ArrayList<>(
            List.of(
                BuildVolumes.work(),
                mount("context", CONTEXT),
                mount("state", STATE),
                mount("tmp", "/tmp")));
    if (settings.registrySecret().isPresent()) {
      variables.put("DOCKER_CONFIG", BuildVolumes.REGISTRY);
      mounts.add(BuildVolumes.registry());
    }
    return container(
            BuildStep.DOCKERFILE,
            settings.environments().dockerfileImage().orElseThrow(),
            variables)
        .withCommand(command(environment, dockerfile))
        .withVolumeMounts(mounts)
        .withSecurityContext(unconfined())
        .build();
  }

  private List<String> command(Environment environment, Dockerfile dockerfile) {
    var command = new ArrayList<>(List.of("/bin/sh", "-c", BUILD, "sh"));
    command.addAll(
        List.of(
            "build",
            "--progress=plain",
            "--frontend=dockerfile.v0",
            "--opt=platform=linux/amd64",
            "--local=dockerfile=" + BuildVolumes.WORK,
            "--local=context="
                + (dockerfile.context() == null
                    ? BuildVolumes.WORK + "/empty"
                    : CONTEXT + "/" + dockerfile.context()),
            "--output=type=image,oci-mediatypes=true,push=true,name="
                + images.pushName(environment.getMetadata().getNamespace())
                + ":"
                + environment.getMetadata().getName()));
    settings
        .environments()
        .proxies()
        .forEach((name, value) -> command.add("--opt=build-arg:" + name + "=" + value));
    for (String image : dockerfile.images()) {
      int equals = image.indexOf('=');
      command.add(
          "--opt=context:"
              + image.substring(0, equals)
              + "=docker-image://"
              + images.importedBase(image.substring(equals + 1)).push());
    }
    return command;
  }

  private ContainerBuilder container(BuildStep step, String image, Map<String, String> variables) {
    var all = new ArrayList<>(BuildJob.variables(variables));
    all.add(new EnvVar("HOME", "/tmp", null));
    return new ContainerBuilder()
        .withName(step.container())
        .withImage(image)
        .withImagePullPolicy("IfNotPresent")
        .withEnv(all)
        .withNewResources()
        .addToRequests("cpu", Quantity.parse(settings.environments().cpuRequest()))
        .addToRequests("memory", Quantity.parse(settings.environments().memoryRequest()))
        .addToLimits("memory", Quantity.parse(settings.environments().memoryLimit()))
        .endResources()
        .withTerminationMessagePolicy("FallbackToLogsOnError");
  }

  /** newuidmap and newgidmap, which give BuildKit its range of users, have a capability each. */
  private static SecurityContext unconfined() {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(true)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .withAdd("SETUID", "SETGID")
        .endCapabilities()
        .withNewSeccompProfile()
        .withType("Unconfined")
        .endSeccompProfile()
        .withNewAppArmorProfile()
        .withType("Unconfined")
        .endAppArmorProfile()
        .build();
  }

  private List<Volume> volumes() {
    var volumes = new ArrayList<Volume>();
    for (String name : List.of("work", "context", "state", "tmp")) {
      volumes.add(
          new VolumeBuilder()
              .withName(name)
              .withNewEmptyDir()
              .withSizeLimit(Quantity.parse(settings.environments().storage()))
              .endEmptyDir()
              .build());
    }
    settings
        .registrySecret()
        .ifPresent(name ->
            volumes.add(
                new VolumeBuilder()
                    .withName("registry")
                    .withNewSecret()
                    .withSecretName(name)
                    .withDefaultMode(0440)
                    .addNewItem()
                    .withKey(".dockerconfigjson")
                    .withPath("config.json")
                    .endItem()
                    .endSecret()
                    .build()));
    return volumes;
  }

  private static VolumeMount mount(String volume, String path) {
    return new VolumeMountBuilder().withName(volume).withMountPath(path).build();
  }
}
