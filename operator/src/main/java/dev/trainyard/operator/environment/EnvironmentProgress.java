package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.EnvironmentStatus;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.image.EnvironmentImages;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Conditions;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Condition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An environment in one reconcile: the resource as it is and the status that will be written at the
 * end. Used by one thread.
 */
final class EnvironmentProgress {
  private static final int MOST_PACKAGES = 2_000;
  private static final EnvironmentStatus NOTHING =
      new EnvironmentStatus(
          0L, null, List.of(), null, null, null, null, null, null, null, null, null, null, null,
          null, null);

  private final Environment environment;
  private final Clock clock;
  private final Conditions conditions;
  private EnvironmentState state;
  private @Nullable String image;
  private @Nullable Long size;
  private @Nullable List<String> packages;
  private @Nullable String lock;
  private int build;
  private @Nullable String buildJob;
  private @Nullable String buildStartTime;
  private @Nullable Long buildSeconds;
  private @Nullable Map<String, String> phases;
  private int failures;
  private @Nullable String lastFailureTime;
  private @Nullable String lastLog;
  private @Nullable String lastUsedTime;

  EnvironmentProgress(Environment environment, Clock clock) {
    this.environment = environment;
    this.clock = clock;
    EnvironmentStatus before = Objects.requireNonNullElse(environment.getStatus(), NOTHING);
    conditions =
        new Conditions(before.conditions(), environment.getMetadata().getGeneration(), clock);
    state = Objects.requireNonNullElse(before.state(), EnvironmentState.PENDING);
    image = before.image();
    size = before.sizeBytes();
    packages = before.packages();
    lock = before.lock();
    build = Objects.requireNonNullElse(before.build(), 0);
    buildJob = before.buildJob();
    buildStartTime = before.buildStartTime();
    buildSeconds = before.buildSeconds();
    phases = before.buildPhases();
    failures = Objects.requireNonNullElse(before.failures(), 0);
    lastFailureTime = before.lastFailureTime();
    lastLog = before.lastLog();
    lastUsedTime = before.lastUsedTime();
  }

  EnvironmentStatus status() {
    return new EnvironmentStatus(
        environment.getMetadata().getGeneration(),
        state,
        conditions.list(),
        image,
        size,
        packages,
        lock,
        build == 0 ? null : build,
        buildJob,
        buildStartTime,
        buildSeconds,
        phases,
        failures == 0 ? null : failures,
        lastFailureTime,
        lastLog,
        lastUsedTime);
  }

  Environment environment() {
    return environment;
  }

  String namespace() {
    return environment.getMetadata().getNamespace();
  }

  String name() {
    return environment.getMetadata().getName();
  }

  EnvironmentState state() {
    return state;
  }

  int build() {
    return build;
  }

  int failures() {
    return failures;
  }

  String buildJob() {
    return Objects.requireNonNull(buildJob, "a build has a Job");
  }

  Optional<String> image() {
    return Optional.ofNullable(image);
  }

  Optional<Instant> lastFailure() {
    return Optional.ofNullable(lastFailureTime).map(Instant::parse);
  }

  /** What the build was doing when it was looked at last. */
  Optional<String> lastSeen() {
    return conditions
        .get(ConditionType.READY)
        .filter(condition -> Reason.BUILDING.toString().equals(condition.getReason()))
        .map(Condition::getMessage);
  }

  /** How long the build is under way. */
  Duration elapsed() {
    return buildStartTime == null
        ? Duration.ZERO
        : Duration.between(Instant.parse(buildStartTime), clock.instant());
  }

  /** Whether somebody asked for a build that began after a time. */
  boolean isBuildRequestedAfter(@Nullable Instant time) {
    String asked =
        Objects.requireNonNullElse(
                environment.getMetadata().getAnnotations(), Map.<String, String>of())
            .get(TrainyardApi.BUILD_ANNOTATION);
    return asked != null && (time == null || Instant.parse(asked).isAfter(time));
  }

  Optional<Instant> buildStart() {
    return Optional.ofNullable(buildStartTime).map(Instant::parse);
  }

  /** Says what is going on, without a change of state. */
  void waiting(Reason reason, String message) {
    conditions
        .set(ConditionType.READY, false, reason, message)
        .set(ConditionType.RECONCILING, true, reason, message)
        .remove(ConditionType.STALLED);
  }

  /** Writes down that a build is to begin; its Job is made by the next reconcile. */
  void begin() {
    state = EnvironmentState.BUILDING;
    build++;
    buildJob = BuildJob.name(environment, build);
    buildStartTime = now();
    lastLog = null;
    waiting(Reason.BUILDING, "Building for 0 s: making the Job.");
  }

  void ready(EnvironmentImages.Built built, Map<String, String> parts) {
    state = EnvironmentState.READY;
    image = built.image();
    size = built.size();
    packages =
        built.packages().size() > MOST_PACKAGES
            ? built.packages().subList(0, MOST_PACKAGES)
            : built.packages();
    lock = built.lock().orElse(null);
    if (!parts.isEmpty()) {
      phases = parts;
      buildSeconds = elapsed().toSeconds();
    }
    failures = 0;
    lastFailureTime = null;
    lastLog = null;
    conditions
        .set(ConditionType.READY, true, Reason.BUILT, "The image is in the registry.")
        .remove(ConditionType.RECONCILING)
        .remove(ConditionType.STALLED);
  }

  /** A build did not work, and another is made after a while. */
  void failedForNow(BuildObservation.Failed failed, String message) {
    failed(EnvironmentState.PENDING, failed);
    waiting(failed.reason(), message);
  }

  /** A build did not work, and none is made unless somebody asks for one. */
  void failedForGood(BuildObservation.Failed failed) {
    failed(EnvironmentState.FAILED, failed);
    conditions
        .set(ConditionType.READY, false, failed.reason(), failed.message())
        .set(ConditionType.STALLED, true, failed.reason(), failed.message())
        .remove(ConditionType.RECONCILING);
  }

  private void failed(EnvironmentState next, BuildObservation.Failed failed) {
    state = next;
    failures++;
    lastFailureTime = now();
    buildSeconds = elapsed().toSeconds();
    lastLog = failed.log().isBlank() ? null : failed.log();
  }

  /** The environment is to be built anew, as if it never was. */
  void reset(String message) {
    state = EnvironmentState.PENDING;
    image = null;
    failures = 0;
    lastFailureTime = null;
    waiting(Reason.BUILD_PENDING, message);
  }

  void used(Optional<Instant> time) {
    time.map(t -> t.truncatedTo(ChronoUnit.SECONDS).toString()).ifPresent(t -> lastUsedTime = t);
  }

  Conditions conditions() {
    return conditions;
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
