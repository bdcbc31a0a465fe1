package dev.trainyard.operator.history;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import dev.trainyard.history.ArtifactKind;
import dev.trainyard.history.HistoryStore;
import dev.trainyard.history.Origin;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.provider.Outputs;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunProvider;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What attempts leave. The operator stores their output itself. The directories are stored by a
 * collector beside the script, and found here, or read from where the attempt ran. Every artifact
 * is tagged by its attempt, so that a restart of the operator loses nothing.
 */
public final class RunHistory implements AttemptHistory {
  private final ImageStore images;
  private final HistoryStore store;
  private final ConcurrentMap<String, LogTransfer> transfers = new ConcurrentHashMap<>();

  private final ReadableOutputs readable = new ReadableOutputs();

  public RunHistory(ImageStore images) {
    this.images = images;
    this.store = new HistoryStore(images.registry());
  }

  @Override
  public void follow(RunProvider provider, RunAttempt attempt) {
    transfer(provider, attempt);
  }

  private LogTransfer transfer(RunProvider provider, RunAttempt attempt) {
    return transfers.computeIfAbsent(key(attempt), key -> begin(provider, attempt));
  }

  @Override
  public Collection collect(RunProvider provider, RunAttempt attempt) throws RegistryException {
    LogTransfer.State log = transfer(provider, attempt).state();
    Outputs outputs = stored(attempt, provider.outputs(attempt));
    if (log instanceof LogTransfer.Storing) {
      return new Collection.UnderWay("What the script printed is being stored.");
    }
    if (log instanceof LogTransfer.Delayed delayed) {
      return new Collection.UnderWay(
          "What the script printed cannot be read, and is asked for again: " + delayed.why());
    }
    if (log instanceof LogTransfer.Failed failed) {
      transfers.remove(key(attempt));
      throw failed.cause();
    }
    return outputs instanceof Outputs.Collecting collecting
        ? new Collection.UnderWay(collecting.message())
        : complete(attempt, log, outputs);
  }

  private Outputs stored(RunAttempt attempt, Outputs outputs) throws RegistryException {
    return outputs instanceof Outputs.Readable directories
        ? readable.store(
            key(attempt),
            directories,
            d ->
                OutputsTransfer.begin(
                    store, images.repository(namespace(attempt.run())), origin(attempt), d))
        : outputs;
  }

  @Override
  public void forget(RunAttempt attempt) {
    forget(key(attempt));
  }

  private void forget(String key) {
    readable.forget(key);
    LogTransfer transfer = transfers.remove(key);
    if (transfer != null) {
      transfer.abort();
    }
  }

  private Collection complete(RunAttempt attempt, LogTransfer.State log, Outputs outputs)
      throws RegistryException {
    var losses = new ArrayList<String>();
    var notes = new ArrayList<String>();
    var metrics = new LinkedHashMap<String, String>();
    Optional<LogReading> reading =
        log instanceof LogTransfer.Stored stored ? Optional.of(stored.reading()) : Optional.empty();
    reading.map(LogReading::metrics).ifPresent(metrics::putAll);
    Optional<Artifact> printed = indexed(attempt, ArtifactKind.LOG, logSize(log));
    if (printed.isEmpty()) {
      losses.add("What the script printed is lost: its container was gone before it was read.");
    }
    Optional<Artifact> collected =
        switch (outputs) {
          case Outputs.Collected done -> {
            metrics.putAll(done.metrics());
            if (!done.note().isEmpty()) {
              notes.add(done.note());
            }
            yield indexed(attempt, ArtifactKind.OUTPUTS, new Size(done.size(), done.files()));
          }
          case Outputs.Lost lost -> {
            Optional<Artifact> found = indexed(attempt, ArtifactKind.OUTPUTS, Size.UNKNOWN);
            if (found.isEmpty()) {
              losses.add(lost.message());
            }
            yield found;
          }
          case Outputs.None none -> Optional.empty();
          case Outputs.Collecting collecting ->
              throw new IllegalStateException("looked at before: " + collecting);
          case Outputs.Readable readable ->
              throw new IllegalStateException("stored before: " + readable);
        };
    return new Collection.Complete(
        printed.orElse(null),
        collected.orElse(null),
        metrics,
        reading.map(LogReading::lastLines).orElse(null),
        reading.flatMap(LogReading::progress).orElse(null),
        List.copyOf(losses),
        List.copyOf(notes));
  }

  private record Size(long bytes, long files) {
    private static final Size UNKNOWN = new Size(-1, -1);
  }

  private static Size logSize(LogTransfer.State log) {
    return log instanceof LogTransfer.Stored stored
        ? new Size(stored.artifact().bytes(), stored.artifact().files())
        : Size.UNKNOWN;
  }

  /** The attempt's artifact as the registry has it, made findable from the run image. */
  private Optional<Artifact> indexed(RunAttempt attempt, ArtifactKind kind, Size size)
      throws RegistryException {
    Repository repository = images.repository(namespace(attempt.run()));
    Optional<Manifest> found = store.find(repository, kind, uid(attempt.run()), attempt.number());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    synchronized (store) {
      store.index(repository, found.get());
    }
    return Optional.of(
        new Artifact(
            repository.name(),
            found.get().digest().text(),
            size.bytes() < 0 ? null : size.bytes(),
            size.files() < 0 ? null : size.files()));
  }

  /**
   * Deletes everything that a run left in the registry.
   *
   * @param attempts how many attempts it had
   * @param nodes how many nodes it had
   * @return false when the registry does not let anything be deleted
   */
  public boolean delete(TrainingRun run, int attempts, int nodes) throws RegistryException {
    Repository repository = images.repository(namespace(run));
    boolean deleted = true;
    for (int number = 1; number <= attempts; number++) {
      forget(uid(run) + "/" + number);
      for (ArtifactKind kind : ArtifactKind.values()) {
        synchronized (store) {
          deleted &=
              store.delete(
                  repository, kind, uid(run), number, kind == ArtifactKind.LOG ? 1 : nodes);
        }
      }
    }
    return deleted;
  }

  private LogTransfer begin(RunProvider provider, RunAttempt attempt) {
    return LogTransfer.begin(
        store,
        images.repository(namespace(attempt.run())),
        origin(attempt),
        () -> provider.nodeOutputs(attempt));
  }

  private static Origin origin(RunAttempt attempt) {
    TrainingRunStatus status = attempt.run().getStatus();
    String image = status == null || status.image() == null ? "" : status.image();
    int at = image.indexOf('@');
    return new Origin(
        namespace(attempt.run()),
        attempt.run().getMetadata().getName(),
        uid(attempt.run()),
        attempt.number(),
        0,
        at < 0 ? Optional.empty() : Optional.of(new Digest(image.substring(at + 1))));
  }

  private static String key(RunAttempt attempt) {
    return uid(attempt.run()) + "/" + attempt.number();
  }

  private static String namespace(TrainingRun run) {
    return run.getMetadata().getNamespace();
  }

  private static String uid(TrainingRun run) {
    return run.getMetadata().getUid();
  }

  /** The first metrics in one line, for a table. */
  public static String summary(Map<String, String> metrics) {
    return metrics.entrySet().stream()
        .limit(4)
        .map(metric -> metric.getKey() + "=" + metric.getValue())
        .reduce((first, second) -> first + " " + second)
        .orElse("");
  }
}
