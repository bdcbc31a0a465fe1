package dev.trainyard.operator.history;

import dev.trainyard.history.ArtifactKind;
import dev.trainyard.history.HistoryStore;
import dev.trainyard.history.Origin;
import dev.trainyard.history.Part;
import dev.trainyard.history.PassingMetrics;
import dev.trainyard.history.StoredArtifact;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.operator.provider.Outputs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stores the directories that one attempt left where nothing stores them, in the background. They
 * are streamed from there to the registry, and their metrics are read while they go by.
 */
final class OutputsTransfer {
  private static final Semaphore AT_ONCE = new Semaphore(16);
  private static final String SERIES_STORE = "mlruns";

  private final HistoryStore store;
  private final Repository repository;
  private final Origin origin;
  private final AtomicReference<State> state =
      new AtomicReference<>(
          new Storing("What the script left in outputs and logs is being stored."));
  private final Thread thread;

  /** Where a transfer stands. */
  sealed interface State {}

  /** On its way, or asked for again. */
  record Storing(String message) implements State {}

  /** In the registry. */
  record Stored(StoredArtifact artifact, Map<String, String> metrics) implements State {}

  /** The directories are empty. */
  record Nothing() implements State {}

  /** It did not work. */
  record Failed(RegistryException cause) implements State {}

  private OutputsTransfer(
      HistoryStore store, Repository repository, Origin origin, Outputs.Readable outputs) {
    this.store = store;
    this.repository = repository;
    this.origin = origin;
    this.thread = Tries.thread("outputs-" + origin.run(), AT_ONCE, () -> isOver(outputs));
  }

  /** Begins a transfer. */
  static OutputsTransfer begin(
      HistoryStore store, Repository repository, Origin origin, Outputs.Readable outputs) {
    var transfer = new OutputsTransfer(store, repository, origin, outputs);
    transfer.thread.start();
    return transfer;
  }

  State state() {
    return state.get();
  }

  /** Ends it, wherever it is. */
  void abort() {
    thread.interrupt();
  }

  private boolean isOver(Outputs.Readable outputs) {
    try {
      state.set(transfer(outputs.directories().open()));
    } catch (RegistryException e) {
      state.set(new Failed(e));
    } catch (IOException | RuntimeException e) {
      state.set(
          new Storing(
              "What the script left in outputs and logs cannot be read, and is asked for again: "
                  + e.getMessage()));
      return false;
    }
    return true;
  }

  private State transfer(List<Part.Tree> directories) throws RegistryException, IOException {
    if (directories.isEmpty()) {
      return new Nothing();
    }
    try (var series = new SeriesFile()) {
      var metrics = new PassingMetrics(series.writer());
      var parts = new ArrayList<Part>();
      for (Part.Tree tree : directories) {
        parts.add(new Part.Tree(tree.title(), metrics.of(tree.title(), tree.entries())));
      }
      if (directories.stream().anyMatch(tree -> tree.title().equals(SERIES_STORE))) {
        // Opened once the directories went through, so it is complete by then.
        parts.add(new Part.Text("metrics.jsonl", "application/jsonl", series::read));
      }
      StoredArtifact artifact = store.store(repository, ArtifactKind.OUTPUTS, origin, parts);
      return new Stored(artifact, metrics.newest());
    }
  }
}
