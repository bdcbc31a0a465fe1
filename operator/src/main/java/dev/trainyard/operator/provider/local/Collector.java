package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a training pod has so that its outputs outlive it: one volume whose folders are mounted over
 * the collected directories, a sidecar that stores them when the script has ended, and, where there
 * is something to begin with, a container that fills them before.
 *
 * <p>The sidecar is a native one (an init container with {@code restartPolicy: Always}): the
 * kubelet stops it once the script has ended, whatever ended it, and waits for it. Until then it is
 * an idle shell, so that it costs next to no memory while the script trains.
 */
final class Collector {
  static final String CONTAINER = "collect";

  /** How long storing may take after the script has ended, and the script may take to end. */
  static final long GRACE_SECONDS = 1_800;

  private static final long PATIENCE_SECONDS = 1_500;
  private static final String RESTORE = "restore";
  private static final String VOLUME = "history";
  private static final String ROOT = "/var/run/trainyard/history";
  private static final String REGISTRY_VOLUME = "history-registry";
  private static final String REGISTRY = "/var/run/trainyard/registry";

  /** Becomes its arguments when it is told to end; a script that left nothing costs no JVM. */
  private static final String WAIT_FOR_THE_END =
      """
      store() {
        for entry in %1$s/*/* %1$s/*/.[!.]* %1$s/*/..?*; do
          if [ -e "$entry" ] || [ -L "$entry" ]; then exec "$@"; fi
        done
        echo '{"ok": true}' > /dev/termination-log
        exit 0
      }
      trap 'store "$@"' TERM
      while :; do sleep 3600 & wait $!; done
      """
          .formatted(ROOT);

  private static final List<String> JAVA =
      List.of(
          "java",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:+UseCompactObjectHeaders",
          "-Xmx96m",
          // Jib writes class path and main class into these files.
          "-cp",
          "@/app/jib-classpath-file",
          "@/app/jib-main-class-file");

  private final RunRequest request;
  private final Settings settings;

  Collector(RunRequest request, Settings settings) {
    this.request = request;
    this.settings = settings;
  }

  private List<String> directories() {
    return request.configuration().collectedDirectories();
  }

  boolean isNeeded() {
    return !directories().isEmpty();
  }

  /** The containers that come before the script's. */
  List<Container> containers() {
    if (!isNeeded()) {
      return List.of();
    }
    var containers = new ArrayList<Container>();
    List<String> restored = restored();
    if (!restored.isEmpty()) {
      containers.add(container(RESTORE).withCommand(java(RESTORE, restored)).build());
    }
    var command = new ArrayList<String>(List.of("/bin/sh", "-c", WAIT_FOR_THE_END, CONTAINER));
    command.addAll(java(CONTAINER, collected()));
    containers.add(container(CONTAINER).withCommand(command).withRestartPolicy("Always").build());
    return containers;
  }

  private List<String> java(String subcommand, List<String> options) {
    var command = new ArrayList<>(JAVA);
    command.add(subcommand);
    command.add("--root=" + ROOT);
    command.add(
        "--repository="
            + settings.registryPush()
            + "/"
            + settings.repository(request.run().getMetadata().getNamespace()));
    if (settings.registrySecret().isPresent()) {
      command.add("--registry-config=" + REGISTRY + "/.dockerconfigjson");
    }
    directories().forEach(directory -> command.add("--directory=" + escaped(directory)));
    command.addAll(options);
    return command;
  }

  private List<String> collected() {
    return List.of(
        "--namespace=" + request.run().getMetadata().getNamespace(),
        "--run=" + request.run().getMetadata().getName(),
        "--uid=" + request.run().getMetadata().getUid(),
        "--attempt=" + request.attempt().number(),
        "--image=" + request.image().substring(request.image().indexOf('@') + 1),
        "--patience=" + PATIENCE_SECONDS);
  }

  /** What there is to begin with: the source's own files, and what the last attempt left. */
  private List<String> restored() {
    var options = new ArrayList<String>();
    TrainingRunStatus status = request.run().getStatus();
    SnapshotStatus snapshot = status == null ? null : status.snapshot();
    if (snapshot != null && snapshot.collectedDirectories() != null) {
      options.add("--snapshot=" + snapshot.digest());
    }
    earlier().ifPresent(digest -> options.add("--outputs=" + digest));
    return options;
  }

  private Optional<String> earlier() {
    var policy = request.run().getSpec().retryPolicy();
    TrainingRunStatus status = request.run().getStatus();
    if (policy == null
        || !Boolean.TRUE.equals(policy.resume())
        || status == null
        || status.attempts() == null) {
      return Optional.empty();
    }
    return status.attempts().stream()
        .filter(
            attempt -> attempt.number() < request.attempt().number() && attempt.outputs() != null)
        .map(Attempt::outputs)
        .map(outputs -> outputs.digest())
        .reduce((first, second) -> second);
  }

  private ContainerBuilder container(String name) {
    return new ContainerBuilder()
        .withName(name)
        .withImage(settings.builderImage())
        .withImagePullPolicy("IfNotPresent")
        .withEnv(variables())
        .withNewResources()
        .addToRequests("cpu", Quantity.parse("10m"))
        .addToRequests("memory", Quantity.parse("32Mi"))
        .addToLimits("memory", Quantity.parse("256Mi"))
        .endResources()
        .withVolumeMounts(ownMounts())
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext();
  }

  private List<EnvVar> variables() {
    var variables = new ArrayList<EnvVar>();
    settings
        .registryVariables()
        .forEach((name, value) -> variables.add(new EnvVar(name, value, null)));
    variables.add(new EnvVar("HOME", "/tmp", null));
    return variables;
  }

  private List<VolumeMount> ownMounts() {
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(new VolumeMountBuilder().withName(VOLUME).withMountPath(ROOT).build());
    mounts.add(
        new VolumeMountBuilder()
            .withName(VOLUME)
            .withMountPath("/tmp")
            .withSubPath(".collector")
            .build());
    if (settings.registrySecret().isPresent()) {
      mounts.add(
          new VolumeMountBuilder()
              .withName(REGISTRY_VOLUME)
              .withMountPath(REGISTRY)
              .withReadOnly(true)
              .build());
    }
    return mounts;
  }

  /** Where the script finds the collected directories. */
  List<VolumeMount> scriptMounts() {
    return directories().stream()
        .map(directory ->
            new VolumeMountBuilder()
                .withName(VOLUME)
                .withMountPath(TrainingJob.WORKING_DIRECTORY + "/" + directory)
                .withSubPath(directory)
                .build())
        .toList();
  }

  List<Volume> volumes() {
    if (!isNeeded()) {
      return List.of();
    }
    var volumes = new ArrayList<Volume>();
    volumes.add(new VolumeBuilder().withName(VOLUME).withNewEmptyDir().endEmptyDir().build());
    settings
        .registrySecret()
        .ifPresent(secret ->
            volumes.add(
                new VolumeBuilder()
                    .withName(REGISTRY_VOLUME)
                    .withNewSecret()
                    .withSecretName(secret)
                    .withDefaultMode(0440)
                    .endSecret()
                    .build()));
    return volumes;
  }

  private static String escaped(String word) {
    return word.replace("$(", "$$(");
  }
}
