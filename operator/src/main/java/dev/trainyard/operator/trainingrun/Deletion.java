package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.history.RunHistory;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import io.javaoperatorsdk.operator.api.reconciler.DeleteControl;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes everything of a run away before the run itself goes: ends what still runs, then deletes its
 * artifacts, and its run image and snapshot when no other run has the same. The registry frees the
 * bytes when it collects its garbage. A registry that is silent, or does not let anything be
 * deleted, does not keep the run for ever, and neither does a backend that does not say that the
 * script has ended, as of a machine that is no more.
 */
final class Deletion {
  private static final Logger LOG = LoggerFactory.getLogger(Deletion.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(2);
  private static final Duration REGISTRY_AGAIN = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Providers providers;
  private final RunHistory history;
  private final ImageStore images;
  private final Clock clock;
  private Function<String, Stream<TrainingRun>> runs = namespace -> Stream.empty();

  Deletion(Providers providers, RunHistory history, ImageStore images, Clock clock) {
    this.providers = providers;
    this.history = history;
    this.images = images;
    this.clock = clock;
  }

  /** Gives the step its view of the other runs; called once, when the controller starts. */
  void start(Function<String, Stream<TrainingRun>> runsOfNamespace) {
    runs = runsOfNamespace;
  }

  DeleteControl execute(TrainingRun run) {
    TrainingRunStatus status = run.getStatus();
    if (status == null) {
      return DeleteControl.defaultDelete();
    }
    if (isStillThere(run)) {
      return again(LOOK_AGAIN);
    }
    int attempts = status.attempts() == null ? 0 : status.attempts().size();
    try {
      boolean deleted = history.delete(run, attempts, status.nodes() == null ? 1 : status.nodes());
      deleted &= deleteUnshared(run, status);
      if (!deleted) {
        LOG.warn(
            "The registry does not let anything be deleted; what the run {} left stays there",
            name(run));
      }
      return DeleteControl.defaultDelete();
    } catch (RegistryException e) {
      return trouble(run, e);
    }
  }

  /** Ends an attempt that is not over; a sidecar of it would store what it left even later. */
  private boolean isStillThere(TrainingRun run) {
    var progress = new RunProgress(run, clock);
    Optional<RunProvider> provider =
        progress.targetType().flatMap(providers::forType).map(Providers.Provider::runs);
    if (Finished.is(run) || !progress.isUnderWay() || provider.isEmpty()) {
      return false;
    }
    RunAttempt attempt = progress.runAttempt();
    if (provider.get().observe(attempt) instanceof RunObservation.Gone) {
      return false;
    }
    provider.get().cancel(attempt);
    if (isPatienceOver(run)) {
      LOG.warn("The run {} goes, although its target does not say that it has ended", name(run));
      return false;
    }
    return true;
  }

  private boolean deleteUnshared(TrainingRun run, TrainingRunStatus status)
      throws RegistryException {
    String namespace = run.getMetadata().getNamespace();
    List<TrainingRun> others =
        runs.apply(namespace)
            .filter(other -> !other.getMetadata().getUid().equals(run.getMetadata().getUid()))
            .filter(other -> other.getStatus() != null)
            .toList();
    boolean deleted = true;
    String image = status.image();
    if (image != null
        && others.stream().noneMatch(other -> image.equals(other.getStatus().image()))) {
      deleted = images.delete(namespace, new Digest(image.substring(image.indexOf('@') + 1)));
    }
    String snapshot = status.snapshot() == null ? null : status.snapshot().digest();
    if (snapshot != null
        && others.stream()
            .map(TrainingRun::getStatus)
            .noneMatch(
                other -> other.snapshot() != null && snapshot.equals(other.snapshot().digest()))) {
      deleted &= images.delete(namespace, new Digest(snapshot));
    }
    return deleted;
  }

  private DeleteControl trouble(TrainingRun run, RegistryException e) {
    if (!isPatienceOver(run)) {
      LOG.info(
          "The artifacts of the run {} could not be deleted yet: {}", name(run), e.getMessage());
      return again(REGISTRY_AGAIN);
    }
    LOG.warn("The artifacts of the run {} stay in the registry: {}", name(run), e.getMessage());
    return DeleteControl.defaultDelete();
  }

  private boolean isPatienceOver(TrainingRun run) {
    Instant asked = Instant.parse(run.getMetadata().getDeletionTimestamp());
    return !asked.plus(PATIENCE).isAfter(clock.instant());
  }

  private static DeleteControl again(Duration pause) {
    return DeleteControl.noFinalizerRemoval().rescheduleAfter(pause.toMillis());
  }

  private static String name(TrainingRun run) {
    return run.getMetadata().getNamespace() + "/" + run.getMetadata().getName();
  }
}
