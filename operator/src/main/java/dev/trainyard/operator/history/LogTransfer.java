package dev.trainyard.operator.history;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.history.ArtifactKind;
import dev.trainyard.history.HistoryStore;
import dev.trainyard.history.Origin;
import dev.trainyard.history.Part;
import dev.trainyard.history.StoredArtifact;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.operator.provider.BackendUnavailableException;
import dev.trainyard.operator.provider.NodeOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Stores one attempt's output in the registry, in the background: the text as the script printed
 * it, and every value of every metric in it. Follows the output until it ends.
 */
final class LogTransfer {
  private static final Semaphore AT_ONCE = new Semaphore(32);
  private static final long MOST_VALUES = 200_000;

  /** How often an output that breaks off is asked for, over some 8 seconds of pauses. */
  private static final int MOST_TRIES = 5;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where a transfer stands. */
  sealed interface State {}

  /** On its way. */
  record Storing() implements State {}

  /** In the registry. */
  record Stored(StoredArtifact artifact, LogReading reading) implements State {}

  /** There is no output to be had. */
  record Absent() implements State {}

  /** The target does not hand it out at the moment; it is asked again. */
  record Delayed(String why) implements State {}

  /** It did not work. */
  record Failed(RegistryException cause) implements State {}

  private final HistoryStore store;
  private final Repository repository;
  private final Origin origin;
  private final AtomicReference<State> state = new AtomicReference<>(new Storing());

  private final Thread thread;
  private int broken;

  private LogTransfer(
      HistoryStore store,
      Repository repository,
      Origin origin,
      Supplier<List<NodeOutput>> outputs) {
    this.store = store;
    this.repository = repository;
    this.origin = origin;
    this.thread = Tries.thread("log-" + origin.run(), AT_ONCE, () -> isOver(outputs));
  }

  /**
   * Begins a transfer.
   *
   * @param outputs the outputs of its nodes; the first is read for metrics and last lines
   */
  static LogTransfer begin(
      HistoryStore store,
      Repository repository,
      Origin origin,
      Supplier<List<NodeOutput>> outputs) {
    var transfer = new LogTransfer(store, repository, origin, outputs);
    transfer.thread.start();
    return transfer;
  }

  /** Ends it, wherever it is. */
  void abort() {
    thread.interrupt();
  }

  State state() {
    return state.get();
  }

  /** One try; false when another one makes sense. */
  private boolean isOver(Supplier<List<NodeOutput>> outputs) {
    try (var series = new SeriesFile()) {
      state.set(transfer(outputs.get(), series));
    } catch (RegistryException e) {
      state.set(new Failed(e));
    } catch (BackendUnavailableException e) {
      state.set(new Delayed(String.valueOf(e.getMessage())));
      return false;
    } catch (IOException | RuntimeException e) {
      if (++broken < MOST_TRIES) {
        state.set(new Delayed("Reading it broke off."));
        return false;
      }
      // The node or its kubelet does not answer: there is no output to be had.
      state.set(new Absent());
    }
    return true;
  }

  private State transfer(List<NodeOutput> outputs, SeriesFile series)
      throws RegistryException, IOException {
    var opened = new ArrayList<InputStream>();
    try {
      var writer = new SeriesWriter(series.writer());
      var reading = new LogReading(writer::write);
      var parts = new ArrayList<Part>();
      for (NodeOutput output : outputs) {
        Optional<InputStream> log = output.source().open();
        if (log.isPresent()) {
          opened.add(log.get());
          InputStream content = parts.isEmpty() ? new LineTap(log.get(), reading::line) : log.get();
          parts.add(new Part.Text(output.title(), "text/plain; charset=utf-8", () -> content));
        }
      }
      if (parts.isEmpty()) {
        return new Absent();
      }
      // Opened once the logs went through, so it is complete by then.
      parts.add(new Part.Text("metrics.jsonl", "application/jsonl", series::read));
      return new Stored(store.store(repository, ArtifactKind.LOG, origin, parts), reading);
    } finally {
      for (InputStream log : opened) {
        log.close();
      }
    }
  }

  /** The values of metrics, one JSON object a line, as many as are sensible. */
  private static final class SeriesWriter {
    private final BufferedWriter out;
    private final Map<String, Long> steps = new LinkedHashMap<>();
    private long values;

    SeriesWriter(BufferedWriter out) {
      this.out = out;
    }

    void write(String name, String value) {
      if (values++ < MOST_VALUES) {
        long step = steps.merge(name, 1L, Long::sum) - 1;
        var line = new LinkedHashMap<String, Object>();
        line.put("name", name);
        line.put("value", value);
        line.put("step", step);
        try {
          out.write(JSON.writeValueAsString(line) + "\n");
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
