package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** Makes the Job that packs a source. Values travel as arguments, secrets as files. */
final class SnapshotJob {
  /** How long fetching and packing may take. */
  static final Duration DEADLINE = Duration.ofMinutes(30);

  private static final String RETRIES_ANNOTATION = TrainyardApi.GROUP + "/retries";
  private static final String REGISTRY_DIRECTORY = "/var/run/trainyard/registry";
  private static final String ROLE = "snapshot";

  private final Settings settings;
  private final ImageStore images;

  SnapshotJob(Settings settings, ImageStore images) {
    this.settings = settings;
    this.images = images;
  }

  static String name(TrainingRun run) {
    return "snapshot-" + run.getMetadata().getUid();
  }

  /** The uid of the run that a Job was made for. */
  static String runUid(Job job) {
    return job.getMetadata().getLabels().getOrDefault(TrainyardApi.RUN_UID_LABEL, "");
  }

  /** How often the Job was made before. */
  static int retries(Job job) {
    String text =
        Objects.requireNonNullElse(job.getMetadata().getAnnotations(), Map.<String, String>of())
            .getOrDefault(RETRIES_ANNOTATION, "0");
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
  }

  Job of(TrainingRun run, JobSource source, int retries) {
    Map<String, String> labels =
        Map.of(
            "app.kubernetes.io/managed-by",
            "trainyard",
            TrainyardApi.RUN_UID_LABEL,
            run.getMetadata().getUid(),
            TrainyardApi.ROLE_LABEL,
            ROLE);
    Map<String, String> runName =
        Map.of(TrainyardApi.RUN_NAME_ANNOTATION, run.getMetadata().getName());
    return new JobBuilder()
        .withNewMetadata()
        .withName(name(run))
        .withNamespace(run.getMetadata().getNamespace())
        .withLabels(labels)
        .withAnnotations(runName)
        .addToAnnotations(RETRIES_ANNOTATION, Integer.toString(retries))
        .addNewOwnerReference()
        .withApiVersion(TrainyardApi.GROUP + "/" + TrainyardApi.VERSION)
        .withKind("TrainingRun")
        .withName(run.getMetadata().getName())
        .withUid(run.getMetadata().getUid())
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(DEADLINE.toSeconds())
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .withAnnotations(runName)
        .endMetadata()
        .withNewSpec()
        .withRestartPolicy("Never")
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withNewSecurityContext()
        .withRunAsNonRoot(true)
        .withRunAsUser(1000L)
        .withRunAsGroup(1000L)
        .withFsGroup(1000L)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .endSecurityContext()
        .withContainers(container(run, source))
        .withVolumes(volumes(source))
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  private Container container(TrainingRun run, JobSource source) {
    return new ContainerBuilder()
        .withName(ROLE)
        .withImage(settings.builderImage())
        .withImagePullPolicy("IfNotPresent")
        .withArgs(arguments(run, source))
        .withEnv(environment())
        .withNewResources()
        .addToRequests("cpu", Quantity.parse("100m"))
        .addToRequests("memory", Quantity.parse("128Mi"))
        .addToLimits("memory", Quantity.parse("512Mi"))
        .endResources()
        .withVolumeMounts(mounts(source))
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .build();
  }

  private List<String> arguments(TrainingRun run, JobSource source) {
    var arguments = new ArrayList<String>();
    arguments.addAll(source.arguments());
    if (settings.registrySecret().isPresent()) {
      arguments.add("--registry-config=" + REGISTRY_DIRECTORY + "/.dockerconfigjson");
    }
    arguments.add("--repository=" + images.pushName(run.getMetadata().getNamespace()));
    return arguments;
  }

  private List<EnvVar> environment() {
    var variables = new ArrayList<EnvVar>();
    settings.registryVariables().forEach((name, value) -> variables.add(variable(name, value)));
    variables.add(
        variable(
            "TRAINYARD_ALLOW_INSECURE_SOURCES", Boolean.toString(settings.allowInsecureSources())));
    variables.add(variable("TRAINYARD_REGISTRY_MIRRORS", mirrors()));
    variables.add(variable("HOME", "/tmp"));
    return variables;
  }

  private String mirrors() {
    return settings.registryMirrors().entrySet().stream()
        .map(mirror -> mirror.getKey() + "=" + mirror.getValue())
        .collect(Collectors.joining(","));
  }

  private static EnvVar variable(String name, String value) {
    return new EnvVarBuilder().withName(name).withValue(value).build();
  }

  private List<Volume> volumes(JobSource source) {
    var volumes = new ArrayList<Volume>();
    volumes.add(new VolumeBuilder().withName("tmp").withNewEmptyDir().endEmptyDir().build());
    source.secret().ifPresent(name -> volumes.add(secret("source", name)));
    source
        .claim()
        .ifPresent(name ->
            volumes.add(
                new VolumeBuilder()
                    .withName("volume")
                    .withNewPersistentVolumeClaim(name, true)
                    .build()));
    source.authorities().ifPresent(name -> volumes.add(authorities(name)));
    settings.registrySecret().ifPresent(name -> volumes.add(secret("registry", name)));
    return volumes;
  }

  private List<VolumeMount> mounts(JobSource source) {
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(new VolumeMountBuilder().withName("tmp").withMountPath("/tmp").build());
    if (source.secret().isPresent()) {
      mounts.add(readOnly("source", JobSource.SECRET_DIRECTORY));
    }
    if (source.claim().isPresent()) {
      mounts.add(readOnly("volume", JobSource.VOLUME_DIRECTORY));
    }
    if (source.authorities().isPresent()) {
      mounts.add(readOnly("authorities", JobSource.AUTHORITIES_DIRECTORY));
    }
    if (settings.registrySecret().isPresent()) {
      mounts.add(readOnly("registry", REGISTRY_DIRECTORY));
    }
    return mounts;
  }

  private static Volume authorities(String configMap) {
    return new VolumeBuilder()
        .withName("authorities")
        .withNewConfigMap()
        .withName(configMap)
        .addNewItem()
        .withKey(JobSource.AUTHORITIES)
        .withPath(JobSource.AUTHORITIES)
        .endItem()
        .endConfigMap()
        .build();
  }

  private static Volume secret(String volume, String secret) {
    return new VolumeBuilder()
        .withName(volume)
        .withNewSecret()
        .withSecretName(secret)
        .withDefaultMode(0440)
        .endSecret()
        .build();
  }

  private static VolumeMount readOnly(String volume, String path) {
    return new VolumeMountBuilder().withName(volume).withMountPath(path).withReadOnly(true).build();
  }
}
