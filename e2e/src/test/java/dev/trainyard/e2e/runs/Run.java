package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A TrainingRun as a person sees it. A wait that times out tells what there is to see of it. */
public final class Run {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration POLL = Duration.ofMillis(300);

  private final Yard yard;
  private final Resource<TrainingRun> resource;

  public Run(Yard yard, Resource<TrainingRun> resource) {
    this.yard = yard;
    this.resource = resource;
  }

  public TrainingRun get() {
    return resource.require();
  }

  public String name() {
    return get().getMetadata().getName();
  }

  public String uid() {
    return get().getMetadata().getUid();
  }

  public TrainingRunStatus status() {
    return get().getStatus();
  }

  /** The attempts; empty while there was none. */
  public List<Attempt> attempts() {
    return Objects.requireNonNullElse(status().attempts(), List.of());
  }

  /** The snapshot, which is expected to be there. */
  public SnapshotStatus snapshot() {
    return Objects.requireNonNull(status().snapshot(), this::report);
  }

  public Optional<Condition> condition(String type) {
    return condition(get(), type);
  }

  /** The reason of Ready, which the column Reason shows; empty before the first status. */
  public String reason() {
    return condition("Ready").map(Condition::getReason).orElse("");
  }

  public String message() {
    return condition("Ready").map(Condition::getMessage).orElse("");
  }

  /** Waits until the run is over and expects it to have ended so. */
  public TrainingRunStatus awaitEnd(RunPhase expected) {
    await("is over", Run::isOver);
    TrainingRunStatus status = status();
    assertThat(status.phase()).as(this::report).isEqualTo(expected);
    return status;
  }

  /** Waits until the script runs. */
  public void awaitRunning() {
    await(
        "runs or is over",
        run ->
            isOver(run)
                || (run.getStatus() != null && run.getStatus().phase() == RunPhase.RUNNING));
    assertThat(status().phase()).as(this::report).isEqualTo(RunPhase.RUNNING);
  }

  /** Waits until the condition Ready has that reason. */
  public void awaitReason(String reason) {
    await(
        "has the reason " + reason,
        run ->
            isOver(run)
                || condition(run, "Ready").filter(c -> reason.equals(c.getReason())).isPresent());
    assertThat(reason()).as(this::report).isEqualTo(reason);
  }

  public void await(String what, Predicate<TrainingRun> predicate) {
    try {
      Awaitility.await().atMost(PATIENCE).pollInterval(POLL).until(() -> predicate.test(get()));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("The run never " + what + ".\n" + report(), e);
    }
  }

  /** Waits until the run is deleted. */
  public void awaitDeleted() {
    try {
      Awaitility.await().atMost(PATIENCE).pollInterval(POLL).until(() -> resource.get() == null);
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("The run is still there.\n" + report(), e);
    }
  }

  public void cancel() {
    patchSpec("{\"cancel\": true}");
  }

  public void patchSpec(String spec) {
    resource.patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\": " + spec + "}");
  }

  public void delete() {
    resource.delete();
  }

  public List<Job> jobs() {
    return yard.client()
        .batch()
        .v1()
        .jobs()
        .inNamespace(yard.namespace())
        .withLabel(TrainyardApi.RUN_UID_LABEL, uid())
        .list()
        .getItems();
  }

  public List<Pod> pods() {
    return yard.client()
        .pods()
        .inNamespace(yard.namespace())
        .withLabel(TrainyardApi.RUN_UID_LABEL, uid())
        .list()
        .getItems();
  }

  /** The pod of the run's training Job. */
  public Pod trainingPod() {
    return pods().stream()
        .filter(pod -> "train".equals(pod.getMetadata().getLabels().get(TrainyardApi.ROLE_LABEL)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("The run has no training pod.\n" + report()));
  }

  /** The pod of a node of a distributed run. */
  public Pod node(int index) {
    return pods().stream()
        .filter(pod ->
            Integer.toString(index)
                .equals(
                    pod.getMetadata()
                        .getAnnotations()
                        .get("batch.kubernetes.io/job-completion-index")))
        .findFirst()
        .orElseThrow();
  }

  /** Executes a command where the script runs. */
  public void exec(String... command) {
    try (var exec =
        yard.client()
            .pods()
            .resource(trainingPod())
            .writingOutput(OutputStream.nullOutputStream())
            .exec(command)) {
      exec.exitCode().join();
    }
  }

  /** The run's events, the oldest first. */
  public List<Event> events() {
    return yard
        .client()
        .v1()
        .events()
        .inNamespace(yard.namespace())
        .withField("involvedObject.uid", uid())
        .list()
        .getItems()
        .stream()
        .sorted(Comparator.comparing(event -> event.getMetadata().getCreationTimestamp()))
        .toList();
  }

  public List<String> eventReasons() {
    return events().stream().map(Event::getReason).toList();
  }

  /** What there is to see of the run: status, events, and the end of the operator's log. */
  public String report() {
    TrainingRun run = resource.get();
    if (run == null) {
      return "The run does not exist.";
    }
    String events =
        events().stream()
            .map(event ->
                "  %s %s %s".formatted(event.getType(), event.getReason(), event.getMessage()))
            .collect(Collectors.joining("\n"));
    return "run %s/%s\nstatus:\n%sevents:\n%s\noperator:\n%s"
        .formatted(
            yard.namespace(),
            run.getMetadata().getName(),
            Serialization.asYaml(run.getStatus()),
            events,
            yard.operator().logTail(25));
  }

  public static boolean isOver(TrainingRun run) {
    return run.getStatus() != null
        && run.getStatus().phase() != null
        && run.getStatus().phase().isTerminal();
  }

  /** The condition of that type, which is expected to be there. */
  public static Condition condition(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no condition " + type + " in " + conditions));
  }

  private static Optional<Condition> condition(TrainingRun run, String type) {
    return run.getStatus() == null
        ? Optional.empty()
        : run.getStatus().conditions().stream().filter(c -> c.getType().equals(type)).findFirst();
  }
}
