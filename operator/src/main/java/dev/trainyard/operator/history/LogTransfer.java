package dev.trainyard.operator.history;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.history.ArtifactKind;
import dev.trainyard.history.HistoryStore;
import dev.trainyard.history.Origin;
import dev.trainyard.history.Part;
import dev.trainyard.history.StoredArtifact;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.operator.provider.NodeOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores one attempt's output in the registry, in the background: the text as the script printed
 * it, and every value of every metric in it. Follows the output until it ends.
 */
final class LogTransfer {
  private static final Semaphore AT_ONCE = new Semaphore(32);
  private static final long MOST_VALUES = 200_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Where a transfer stands. */
  sealed interface State {}

  /** On its way. */
  record Storing() implements State {}

  /** In the registry. */
  record Stored(StoredArtifact artifact, LogReading reading) implements State {}

  /** There is no output to be had. */
  record Absent() implements State {}

  /** It did not work. */
  record Failed(RegistryException cause) implements State {}

  private final HistoryStore store;
  private final Repository repository;
  private final Origin origin;
  private final AtomicReference<State> state = new AtomicReference<>(new Storing());

  private LogTransfer(HistoryStore store, Repository repository, Origin origin) {
    this.store = store;
    this.repository = repository;
    this.origin = origin;
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
    var transfer = new LogTransfer(store, repository, origin);
    Thread.ofVirtual().name("log-" + origin.run()).start(() -> transfer.run(outputs));
    return transfer;
  }

  State state() {
    return state.get();
  }

  private void run(Supplier<List<NodeOutput>> outputs) {
    AT_ONCE.acquireUninterruptibly();
    @Nullable Path series = null;
    try {
      series = Files.createTempFile("series", ".jsonl");
      state.set(transfer(outputs.get(), series));
    } catch (RegistryException e) {
      state.set(new Failed(e));
    } catch (IOException | RuntimeException e) {
      // The node or its kubelet does not answer: there is no output to be had.
      state.set(new Absent());
    } finally {
      AT_ONCE.release();
      delete(series);
    }
  }

  private State transfer(List<NodeOutput> outputs, Path series)
      throws RegistryException, IOException {
    var opened = new ArrayList<InputStream>();
    try (var writer = new SeriesWriter(Files.newBufferedWriter(series, StandardCharsets.UTF_8))) {
      var reading = new LogReading(writer::write);
      var parts = new ArrayList<Part>();
      for (NodeOutput output : outputs) {
        Optional<InputStream> log = output.open().get();
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
      parts.add(
          new Part.Text(
              "metrics.jsonl",
              "application/jsonl",
              () -> {
                writer.close();
                return Files.newInputStream(series);
              }));
      return new Stored(store.store(repository, ArtifactKind.LOG, origin, parts), reading);
    } finally {
      for (InputStream log : opened) {
        log.close();
      }
    }
  }

  private static void delete(@Nullable Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        file.toFile().deleteOnExit();
      }
    }
  }

  /** The values of metrics, one JSON object a line, as many as are sensible. */
  private static final class SeriesWriter implements AutoCloseable {
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

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
