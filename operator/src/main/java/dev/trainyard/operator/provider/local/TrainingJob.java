package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunRequest;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the batch/v1 Job of one attempt. Pure: the same request gives the same Job. */
final class TrainingJob {
  static final String CONTAINER = "train";
  static final String WORKING_DIRECTORY = "/azureml-run";

  private static final LocalTarget NO_SETTINGS =
      new LocalTarget(null, null, null, null, null, null, null);

  private TrainingJob() {}

  static Map<String, String> labels(RunAttempt attempt) {
    var labels = new LinkedHashMap<String, String>();
    labels.put("app.kubernetes.io/managed-by", "trainyard");
    labels.put(TrainyardApi.RUN_UID_LABEL, attempt.run().getMetadata().getUid());
    labels.put(TrainyardApi.ROLE_LABEL, "train");
    labels.put(TrainyardApi.ATTEMPT_LABEL, Integer.toString(attempt.number()));
    return labels;
  }

  /**
   * The Job of an attempt.
   *
   * @param pullSecret Secret that opens the registry of run images for the pod's node
   */
  static Job of(RunRequest request, Optional<String> pullSecret) {
    LocalTarget settings = settings(request);
    var labels = labels(request.attempt());
    var jobLabels = new LinkedHashMap<>(labels);
    if (settings.queueName() != null) {
      jobLabels.put("kueue.x-k8s.io/queue-name", settings.queueName());
    }
    Map<String, String> annotations =
        Map.of(TrainyardApi.RUN_NAME_ANNOTATION, request.run().getMetadata().getName());
    return new JobBuilder()
        .withNewMetadata()
        .withName(request.attempt().name())
        .withNamespace(request.run().getMetadata().getNamespace())
        .withLabels(jobLabels)
        .withAnnotations(annotations)
        .addNewOwnerReference()
        .withApiVersion(TrainyardApi.GROUP + "/" + TrainyardApi.VERSION)
        .withKind("TrainingRun")
        .withName(request.run().getMetadata().getName())
        .withUid(request.run().getMetadata().getUid())
        .withController(true)
        .endOwnerReference()
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .withAnnotations(annotations)
        .endMetadata()
        .withSpec(podSpec(request, settings, pullSecret))
        .endTemplate()
        .endSpec()
        .build();
  }

  private static PodSpec podSpec(
      RunRequest request, LocalTarget settings, Optional<String> pullSecret) {
    var pod =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
            // Process 1 ignores SIGTERM unless it handles it, and most scripts do not: they would
            // live through the whole grace period when they are canceled or their time is over.
            .withShareProcessNamespace(true)
            .withNodeSelector(settings.nodeSelector())
            .withTolerations(tolerations(settings))
            .withPriorityClassName(settings.priorityClassName())
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withRunAsUser(1000L)
            .withRunAsGroup(1000L)
            .withFsGroup(1000L)
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .withImagePullSecrets(pullSecret.map(LocalObjectReference::new).stream().toList())
            .withContainers(container(request, settings))
            .withVolumes(TrainingVolumes.volumes(request, settings))
            .build();
    request.configuration().deadlineSeconds().ifPresent(pod::setActiveDeadlineSeconds);
    return pod;
  }

  private static Container container(RunRequest request, LocalTarget settings) {
    var quantities = TrainingResources.quantities(request, settings);
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(request.image())
        .withImagePullPolicy("IfNotPresent")
        .withWorkingDir(WORKING_DIRECTORY)
        // args alone would run under the image's entrypoint; the interpreter is the program.
        .withCommand(escaped(request.command()))
        .withEnv(environment(request))
        .withNewResources()
        .withRequests(quantities)
        .withLimits(quantities)
        .endResources()
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withVolumeMounts(TrainingVolumes.mounts(settings))
        .withNewSecurityContext()
        .withAllowPrivilegeEscalation(false)
        .withNewCapabilities()
        .withDrop("ALL")
        .endCapabilities()
        .endSecurityContext()
        .build();
  }

  private static List<String> escaped(List<String> words) {
    return words.stream().map(TrainingJob::escaped).toList();
  }

  /**
   * The kubelet expands {@code $(NAME)} in commands and variables, and {@code $$} stands for a
   * plain dollar sign: with every one of them doubled, the text arrives as it was written.
   */
  private static String escaped(String text) {
    return text.replace("$", "$$");
  }

  private static List<EnvVar> environment(RunRequest request) {
    return request.environment().entrySet().stream()
        .map(variable ->
            new EnvVarBuilder()
                .withName(variable.getKey())
                .withValue(escaped(variable.getValue()))
                .build())
        .toList();
  }

  private static List<Toleration> tolerations(LocalTarget settings) {
    return settings.tolerations() == null
        ? List.of()
        : settings.tolerations().stream().map(TrainingJob::toleration).toList();
  }

  private static Toleration toleration(LocalTarget.Toleration from) {
    return new TolerationBuilder()
        .withKey(from.key())
        .withOperator(from.operator() == LocalTarget.TolerationOperator.EXISTS ? "Exists" : "Equal")
        .withValue(from.value())
        .withEffect(effect(from.effect()))
        .build();
  }

  private static @Nullable String effect(LocalTarget.@Nullable TaintEffect effect) {
    return switch (effect) {
      case null -> null;
      case NO_SCHEDULE -> "NoSchedule";
      case PREFER_NO_SCHEDULE -> "PreferNoSchedule";
      case NO_EXECUTE -> "NoExecute";
    };
  }

  static LocalTarget settings(RunRequest request) {
    return request.target().local() == null ? NO_SETTINGS : request.target().local();
  }
}
