package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.EnvironmentImages;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Takes an environment from one state to the next. That a build begins is written to the status
 * before its Job is made, and what the registry has counts more than what any Job says: a crash, a
 * deleted Job or a lost status between two lines ends in the same image.
 */
final class Build {
  private static final Duration PROGRESS = Duration.ofSeconds(2);
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration LATER = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
  private static final int MOST_DOUBLINGS = 6;
  private static final int CONFLICT = 409;
  private static final int FORBIDDEN = 403;

  private final KubernetesClient client;
  private final EnvironmentImages images;
  private final EnvironmentWatches watches;
  private final BuildJob jobs;
  private final PackageCache cache;
  private final BuildObserver observer;
  private final int attempts;
  private final Clock clock;

  /**
   * @param attempts how many builds in a row may fail for what may pass
   */
  Build(
      KubernetesClient client,
      EnvironmentImages images,
      EnvironmentWatches watches,
      BuildJob jobs,
      PackageCache cache,
      BuildObserver observer,
      int attempts,
      Clock clock) {
    this.client = client;
    this.images = images;
    this.watches = watches;
    this.jobs = jobs;
    this.cache = cache;
    this.observer = observer;
    this.attempts = attempts;
    this.clock = clock;
  }

  /** Does what can be done now; says when to look again. */
  Optional<Duration> advance(EnvironmentProgress progress) {
    try {
      return switch (progress.state()) {
        case PENDING -> begin(progress);
        case BUILDING -> observe(progress);
        case READY -> keep(progress);
        case FAILED -> restart(progress);
      };
    } catch (RegistryException e) {
      Reason reason =
          switch (e.kind()) {
            case UNREACHABLE, NOT_FOUND -> Reason.REGISTRY_UNREACHABLE;
            case UNAUTHORIZED -> Reason.REGISTRY_UNAUTHORIZED;
            case REJECTED, INVALID -> Reason.REGISTRY_REJECTED;
          };
      progress.waiting(reason, e.getMessage() + ".");
      return Optional.of(SOON);
    }
  }

  private Optional<Duration> begin(EnvironmentProgress progress) throws RegistryException {
    Optional<EnvironmentImages.Built> built = images.find(progress.namespace(), progress.name());
    if (built.isPresent()) {
      progress.ready(built.get(), Map.of());
      return Optional.empty();
    }
    Duration left =
        progress
            .lastFailure()
            .map(time -> Duration.between(clock.instant(), time.plus(pause(progress.failures()))))
            .orElse(Duration.ZERO);
    if (left.isPositive()) {
      return Optional.of(left.plusSeconds(1));
    }
    progress.begin();
    return Optional.of(Duration.ofMillis(1));
  }

  /** After the first failure 10 s, then twice as long each time, at most about 10 minutes. */
  static Duration pause(int failures) {
    return FIRST_PAUSE.multipliedBy(1L << Math.min(Math.max(0, failures - 1), MOST_DOUBLINGS));
  }

  private Optional<Duration> observe(EnvironmentProgress progress) throws RegistryException {
    return switch (observer.observe(
        watches.job(progress.namespace(), progress.buildJob()),
        watches.pods(progress.environment()))) {
      case BuildObservation.Absent absent -> submit(progress);
      case BuildObservation.UnderWay underWay -> {
        say(progress, underWay.message());
        yield Optional.of(PROGRESS);
      }
      // What was seen before is what it failed at.
      case BuildObservation.Ending ending -> Optional.of(PROGRESS);
      case BuildObservation.Refused refused -> {
        progress.waiting(
            Reason.POD_REFUSED,
            "The cluster does not let the build's pod be made: " + refused.message());
        yield Optional.of(SOON);
      }
      case BuildObservation.Succeeded succeeded -> succeeded(progress, succeeded);
      case BuildObservation.Failed failed -> failed(progress, withWhatItDid(progress, failed));
    };
  }

  private static void say(EnvironmentProgress progress, String activity) {
    progress.waiting(
        Reason.BUILDING,
        "Building for " + progress.elapsed().toSeconds() + " s: " + activity + ".");
  }

  /** A build that its deadline ended leaves no pod to read what it hung in. */
  private static BuildObservation.Failed withWhatItDid(
      EnvironmentProgress progress, BuildObservation.Failed failed) {
    return failed.reason() == Reason.BUILD_DEADLINE_EXCEEDED
        ? progress
            .lastSeen()
            .map(seen -> failed.with("The last that was seen of it: " + seen))
            .orElse(failed)
        : failed;
  }

  /** Makes the Job, unless the one that was here before it was deleted had done its work. */
  private Optional<Duration> submit(EnvironmentProgress progress) throws RegistryException {
    Optional<EnvironmentImages.Built> built = images.find(progress.namespace(), progress.name());
    if (built.isPresent()) {
      progress.ready(built.get(), Map.of());
      return Optional.empty();
    }
    try {
      Optional<String> claim = cache.claim(progress.namespace());
      client.resource(jobs.of(progress.environment(), progress.build(), claim)).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() == FORBIDDEN) {
        progress.waiting(
            Reason.POD_REFUSED,
            "The cluster does not let the build's Job be made: " + e.getStatus().getMessage());
        return Optional.of(LATER);
      }
      if (e.getCode() != CONFLICT) {
        throw e;
      }
    }
    say(progress, "waiting for the build's pod");
    return Optional.of(PROGRESS);
  }

  private Optional<Duration> succeeded(
      EnvironmentProgress progress, BuildObservation.Succeeded succeeded) throws RegistryException {
    Optional<EnvironmentImages.Built> built = images.find(progress.namespace(), progress.name());
    if (built.isPresent()) {
      progress.ready(built.get(), succeeded.phases());
      return Optional.empty();
    }
    return failed(
        progress,
        new BuildObservation.Failed(
            Reason.BUILD_LOST,
            "The build ended well, but its image is not in the registry.",
            true,
            ""));
  }

  private Optional<Duration> failed(EnvironmentProgress progress, BuildObservation.Failed failed) {
    if (!failed.passing()) {
      progress.failedForGood(failed);
      return Optional.empty();
    }
    int failures = progress.failures() + 1;
    if (failures >= attempts) {
      progress.failedForGood(
          failed.with(
              "It was tried "
                  + failures
                  + " times, which is what environments.attempts in the chart's values allows."));
      return Optional.empty();
    }
    Duration pause = pause(failures);
    progress.failedForNow(
        failed, failed.with("It is tried again after " + pause.toSeconds() + " s.").message());
    return Optional.of(pause.plusSeconds(1));
  }

  /** Ends what builds the environment; says whether a pod of it may still push. */
  boolean end(Environment environment) {
    watches
        .jobs(environment)
        .forEach(job ->
            client.resource(job).withPropagationPolicy(DeletionPropagation.BACKGROUND).delete());
    return watches
        .pods(environment)
        .map(pod -> pod.getStatus() == null ? "" : pod.getStatus().getPhase())
        .anyMatch(phase -> !"Succeeded".equals(phase) && !"Failed".equals(phase));
  }

  private Optional<Duration> keep(EnvironmentProgress progress) throws RegistryException {
    if (progress.isBuildRequestedAfter(progress.buildStart().orElse(null))
        && !images.exists(progress.namespace(), progress.image().orElseThrow())) {
      progress.reset("The image is no longer in the registry: it is built anew.");
      return Optional.of(Duration.ofMillis(1));
    }
    return Optional.empty();
  }

  private static Optional<Duration> restart(EnvironmentProgress progress) {
    if (progress.isBuildRequestedAfter(progress.lastFailure().orElse(null))) {
      progress.reset("A new run needs the environment: it is tried once more.");
      return Optional.of(Duration.ofMillis(1));
    }
    return Optional.empty();
  }
}
