package dev.trainyard.operator.workload;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The Jobs and pods that were made for runs, kept by watches that also wake the runs. */
public final class WorkloadCache {
  /** Pods by namespace and uid of their run, since each look at a run asks for its own. */
  private static final String BY_RUN = "run";

  private @Nullable InformerEventSource<Job, TrainingRun> jobs;
  private @Nullable InformerEventSource<Pod, TrainingRun> pods;

  /** Makes the watches; called once, when the controller starts. */
  public List<EventSource<?, TrainingRun>> eventSources(EventSourceContext<TrainingRun> context) {
    jobs = source(Job.class, context);
    pods = source(Pod.class, context);
    pods.addIndexers(
        Map.of(BY_RUN, pod -> List.of(key(pod.getMetadata().getNamespace(), uid(pod)))));
    return List.of(jobs, pods);
  }

  public Optional<Job> job(String namespace, String name) {
    return Objects.requireNonNull(jobs).get(new ResourceID(name, namespace));
  }

  /** A Job that was just made, which the watch tells of only later. */
  public void made(Job job) {
    Objects.requireNonNull(jobs).handleRecentResourceCreate(ResourceID.fromResource(job), job);
  }

  /** The pods that were made for a run. */
  public Stream<Pod> pods(String namespace, String runUid) {
    return Objects.requireNonNull(pods).byIndex(BY_RUN, key(namespace, runUid)).stream();
  }

  /** The watch is for pods with that label only. */
  private static String uid(Pod pod) {
    return pod.getMetadata().getLabels().getOrDefault(TrainyardApi.RUN_UID_LABEL, "");
  }

  private static String key(String namespace, String runUid) {
    return namespace + "/" + runUid;
  }

  private static <R extends HasMetadata> InformerEventSource<R, TrainingRun> source(
      Class<R> kind, EventSourceContext<TrainingRun> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(kind, TrainingRun.class)
            .withLabelSelector(TrainyardApi.RUN_UID_LABEL)
            .withNamespacesInheritedFromController()
            .withSecondaryToPrimaryMapper(WorkloadCache::run)
            .build(),
        context);
  }

  private static Set<ResourceID> run(HasMetadata workload) {
    String name =
        Objects.requireNonNullElse(
                workload.getMetadata().getAnnotations(), Map.<String, String>of())
            .getOrDefault(TrainyardApi.RUN_NAME_ANNOTATION, "");

    return name.isEmpty()
        ? Set.of()
        : Set.of(new ResourceID(name, workload.getMetadata().getNamespace()));
  }
}
