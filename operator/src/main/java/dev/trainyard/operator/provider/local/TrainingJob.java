package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.settings.Settings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TolerationBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.SuccessPolicyBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the batch/v1 Job of one attempt. Pure: the same request gives the same Job. */
final class TrainingJob {
  static final String CONTAINER = "train";

  /** Where the interpreter stands in the command: after the shell, its script and its name. */
  static final int INTERPRETER = 4;

  static final String WORKING_DIRECTORY = "/azureml-run";

  private static final LocalTarget NO_SETTINGS =
      new LocalTarget(null, null, null, null, null, null, null);
  private static final long SCRIPT_GRACE_SECONDS = 30;

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
   * @param admin what the administrator set: the registry and the image of the collector
   */
  static Job of(RunRequest request, Settings admin) {
    LocalTarget settings = settings(request);
    var collector = new Collector(request, admin);
    var labels = labels(request.attempt());
    var jobLabels = new LinkedHashMap<>(labels);
    if (settings.queueName() != null) {
      jobLabels.put("kueue.x-k8s.io/queue-name", settings.queueName());
    }
    var nodes = new NodeGroup(request);
    Map<String, String> annotations = annotations(request, nodes);
    Job job =
        new JobBuilder()
            .withNewMetadata()
            .withName(request.attempt().name())
            .withNamespace(request.run().getMetadata().getNamespace())
            .withLabels(jobLabels)
            .withAnnotations(annotations)
            .withOwnerReferences(owner(request))
            .endMetadata()
            .withSpec(new JobSpec())
            .editSpec()
            .withBackoffLimit(0)
            .withNewTemplate()
            .withNewMetadata()
            .withLabels(labels)
            .withAnnotations(annotations)
            .endMetadata()
            .withSpec(podSpec(request, settings, collector, admin.registrySecret()))
            .endTemplate()
            .endSpec()
            .build();
    if (nodes.isDistributed()) {
      distribute(job.getSpec(), nodes);
    }
    return job;
  }

  private static Map<String, String> annotations(RunRequest request, NodeGroup nodes) {
    var annotations = new LinkedHashMap<String, String>();
    annotations.put(TrainyardApi.RUN_NAME_ANNOTATION, request.run().getMetadata().getName());
    annotations.put(NodesDiagnosis.NODES, Integer.toString(nodes.size()));
    annotations.put(NodesDiagnosis.DECIDING, Integer.toString(nodes.deciding()));
    if (nodes.parameterServers() > 0) {
      annotations.put(NodesDiagnosis.PARAMETER_SERVERS, Integer.toString(nodes.parameterServers()));
    }
    if (nodes.isMpi() && nodes.isDistributed()) {
      annotations.put(MpiLaunch.PASSWD, MpiLaunch.PASSWD_FILE);
    }
    return annotations;
  }

  /** One failed pod fails the Job, which ends the others; the deciding nodes decide success. */
  private static void distribute(JobSpec spec, NodeGroup nodes) {
    spec.setCompletionMode("Indexed");
    spec.setCompletions(nodes.size());
    spec.setParallelism(nodes.size());
    spec.getTemplate().getSpec().setSubdomain(nodes.service());
    if (nodes.deciding() < nodes.size()) {
      spec.setSuccessPolicy(
          new SuccessPolicyBuilder()
              .addNewRule()
              .withSucceededIndexes(nodes.deciding() == 1 ? "0" : "0-" + (nodes.deciding() - 1))
              .endRule()
              .build());
    }
  }

  static OwnerReference owner(RunRequest request) {
    return new OwnerReferenceBuilder()
        .withApiVersion(TrainyardApi.GROUP + "/" + TrainyardApi.VERSION)
        .withKind("TrainingRun")
        .withName(request.run().getMetadata().getName())
        .withUid(request.run().getMetadata().getUid())
        .withController(true)
        .build();
  }

  private static PodSpec podSpec(
      RunRequest request, LocalTarget settings, Collector collector, Optional<String> pullSecret) {
    var volumes = new ArrayList<>(TrainingVolumes.volumes(request, settings));
    volumes.addAll(collector.volumes());
    var nodes = new NodeGroup(request);
    if (nodes.isMpi() && nodes.isDistributed()) {
      volumes.add(MpiLaunch.volume());
    }
    var pod =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withAutomountServiceAccountToken(false)
            .withEnableServiceLinks(false)
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
            .withTerminationGracePeriodSeconds(
                collector.isNeeded() ? Collector.GRACE_SECONDS : SCRIPT_GRACE_SECONDS)
            .withInitContainers(collector.containers())
            .withContainers(container(request, settings, collector))
            .withVolumes(volumes)
            .build();
    request.configuration().deadlineSeconds().ifPresent(pod::setActiveDeadlineSeconds);
    return pod;
  }

  private static Container container(
      RunRequest request, LocalTarget settings, Collector collector) {
    var mounts = new ArrayList<>(TrainingVolumes.mounts(settings));
    mounts.addAll(collector.scriptMounts());
    var nodes = new NodeGroup(request);
    if (nodes.isMpi() && nodes.isDistributed()) {
      mounts.add(MpiLaunch.mount());
    }
    String supervisor = nodes.prelude() + Supervisor.SCRIPT;
    var command = new ArrayList<String>(List.of("/bin/sh", "-c", supervisor, CONTAINER));
    command.addAll(request.command());
    var quantities = TrainingResources.quantities(request, settings);
    return new ContainerBuilder()
        .withName(CONTAINER)
        .withImage(request.image())
        .withImagePullPolicy("IfNotPresent")
        .withWorkingDir(WORKING_DIRECTORY)
        // args alone would run under the image's entrypoint; the interpreter is the program.
        .withCommand(escaped(command))
        .withEnv(environment(request))
        .withNewResources()
        .withRequests(quantities)
        .withLimits(quantities)
        .endResources()
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withVolumeMounts(mounts)
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
    // What the user sets counts more than what the place of a node is.
    var variables = new LinkedHashMap<>(new NodeGroup(request).environment());
    variables.putAll(request.environment());
    return variables.entrySet().stream()
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
