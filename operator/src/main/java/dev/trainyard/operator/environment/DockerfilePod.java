package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec.Dockerfile;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

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
    return BuildPod.spec(settings)
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
    var mounts =
        new ArrayList<>(List.of(BuildVolumes.mount("context", CONTEXT, false), BuildVolumes.tmp()));
    if (settings.registrySecret().isPresent()) {
      arguments.add("--registry-config=" + BuildVolumes.REGISTRY + "/config.json");
      mounts.add(BuildVolumes.registry());
    }
    return BuildPod.container(
            settings, BuildStep.CONTEXT, settings.builderImage(), settings.registryVariables())
        .withArgs(arguments)
        .withVolumeMounts(mounts)
        .withSecurityContext(BuildPod.restricted())
        .editSecurityContext()
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
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
                BuildVolumes.mount("context", CONTEXT, false),
                BuildVolumes.mount("state", STATE, false),
                BuildVolumes.tmp()));
    if (settings.registrySecret().isPresent()) {
      variables.put("DOCKER_CONFIG", BuildVolumes.REGISTRY);
      mounts.add(BuildVolumes.registry());
    }
    return BuildPod.container(
            settings,
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
    var all = new BuildVolumes(settings);
    return Stream.concat(
            Stream.of("work", "context", "state", "tmp").map(all::emptyDir),
            all.registrySecret().stream())
        .toList();
  }
}
