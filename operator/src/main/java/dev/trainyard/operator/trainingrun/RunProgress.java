package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.ComputeTargetType;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Attempt;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration;
import dev.trainyard.operator.status.Conditions;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A run on its way through the steps of one reconcile: the resource as it is, what the steps found,
 * and the status that will be written at the end. Used by one thread.
 */
final class RunProgress {
  private static final Resources NO_RESOURCES = new Resources(null, null, null);

  private final TrainingRun run;
  private final Conditions conditions;
  private final Clock clock;
  private final List<Attempt> attempts;

  private @Nullable EffectiveConfiguration configuration;
  private @Nullable ComputeTargetSpec target;
  private @Nullable RunProvider provider;

  private RunPhase phase;
  private @Nullable String targetName;
  private @Nullable ComputeTargetType targetType;
  private @Nullable String script;
  private @Nullable SnapshotStatus snapshot;
  private @Nullable EnvironmentUse environment;
  private @Nullable String image;
  private @Nullable Integer priority;
  private @Nullable Integer nodes;
  private final RunResults results;

  RunProgress(TrainingRun run, Clock clock) {
    this.run = run;
    this.clock = clock;
    TrainingRunStatus before = run.getStatus();
    results = new RunResults(before);
    long generation = run.getMetadata().getGeneration();
    if (before == null) {
      conditions = new Conditions(List.of(), generation, clock);
      attempts = new ArrayList<>();
      phase = RunPhase.NOT_STARTED;
      return;
    }
    conditions = new Conditions(before.conditions(), generation, clock);
    attempts = new ArrayList<>(before.attempts() == null ? List.of() : before.attempts());
    phase = before.phase();
    targetName = before.target();
    targetType = before.targetType();
    script = before.script();
    snapshot = before.snapshot();
    environment = before.environment();
    image = before.image();
    priority = before.priority();
    nodes = before.nodes();
  }

  /** The status as it is, for the generation of the spec that the run has now. */
  TrainingRunStatus observed() {
    conditions.observed();
    return status();
  }

  /** The status as the steps left it. */
  TrainingRunStatus status() {
    return new TrainingRunStatus(
        run.getMetadata().getGeneration(),
        phase,
        conditions.list(),
        targetName,
        targetType,
        script,
        snapshot,
        environment,
        image,
        attempts.isEmpty() ? null : List.copyOf(attempts),
        results.startTime(),
        results.endTime(),
        results.exitCode(),
        nodes,
        configuration == null ? priority : Integer.valueOf(configuration.priority()),
        results.progress(),
        results.metrics(),
        results.metricsSummary(),
        results.lastLog(),
        results.log(),
        results.outputs());
  }

  TrainingRun run() {
    return run;
  }

  String namespace() {
    return run.getMetadata().getNamespace();
  }

  String uid() {
    return run.getMetadata().getUid();
  }

  Conditions conditions() {
    return conditions;
  }

  RunPhase phase() {
    return phase;
  }

  void phase(RunPhase phase) {
    this.phase = phase;
  }

  /** What the accept step found out. */
  void accepted(
      EffectiveConfiguration configuration, ComputeTargetSpec target, RunProvider provider) {
    this.configuration = configuration;
    this.target = target;
    this.provider = provider;
    this.targetName = configuration.target();
    this.targetType = target.type();
    this.script = configuration.script().orElse(null);
    this.nodes = provider.nodes(request(1));
  }

  /** Name of the target that the run goes to, once it is known. */
  Optional<String> targetName() {
    return Optional.ofNullable(targetName);
  }

  /** Type of the target that the run goes to, once it is known. */
  Optional<ComputeTargetType> targetType() {
    return Optional.ofNullable(targetType);
  }

  EffectiveConfiguration configuration() {
    return Objects.requireNonNull(configuration, "the accept step comes first");
  }

  ComputeTargetSpec target() {
    return Objects.requireNonNull(target, "the accept step comes first");
  }

  RunProvider provider() {
    return Objects.requireNonNull(provider, "the accept step comes first");
  }

  /** An attempt was handed over earlier: what it was made of is no longer asked for. */
  void underWay(RunProvider provider) {
    this.provider = provider;
  }

  Optional<SnapshotStatus> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  void snapshot(SnapshotStatus snapshot) {
    this.snapshot = snapshot;
  }

  /** The registry lost snapshot and run image before anything ran: they are to be made anew. */
  void forgetSnapshot() {
    this.snapshot = null;
    this.image = null;
  }

  /** The registry lost the run image before anything ran. */
  void forgetImage() {
    this.image = null;
  }

  Optional<EnvironmentUse> environment() {
    return Optional.ofNullable(environment);
  }

  void environment(EnvironmentUse environment) {
    this.environment = environment;
  }

  Optional<String> image() {
    return Optional.ofNullable(image);
  }

  void image(String image) {
    this.image = image;
  }

  /** Whether the newest attempt has not ended yet. */
  boolean isUnderWay() {
    return attempt().filter(attempt -> attempt.endTime() == null).isPresent();
  }

  /** The attempt that is under way or was the last. */
  Optional<Attempt> attempt() {
    return attempts.isEmpty() ? Optional.empty() : Optional.of(attempts.getLast());
  }

  List<Attempt> attempts() {
    return List.copyOf(attempts);
  }

  int attemptCount() {
    return attempts.size();
  }

  void addAttempt(Attempt attempt) {
    attempts.add(attempt);
  }

  void replaceAttempt(Attempt attempt) {
    attempts.set(attempts.size() - 1, attempt);
  }

  /** What the run has to show for itself. */
  RunResults results() {
    return results;
  }

  String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The newest attempt, by which a provider finds it again. */
  RunAttempt runAttempt() {
    return new RunAttempt(run, attemptCount());
  }

  /** What a provider needs to know to make an attempt. */
  RunRequest request(int attempt) {
    return new RunRequest(
        new RunAttempt(run, attempt),
        Objects.requireNonNull(target, "the accept step comes first"),
        configuration(),
        run.getSpec().resources() == null ? NO_RESOURCES : run.getSpec().resources(),
        image == null ? "" : image);
  }
}
