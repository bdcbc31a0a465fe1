package dev.trainyard.builder;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.history.ArtifactKind;
import dev.trainyard.history.DirectoryEntries;
import dev.trainyard.history.HistoryStore;
import dev.trainyard.history.MetricFiles;
import dev.trainyard.history.Origin;
import dev.trainyard.history.Part;
import dev.trainyard.history.StoredArtifact;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Stores the directories that a script left, once it has ended. What came of it is written as JSON
 * to the termination message, where the operator reads it: {@code {"ok": true, "digest", "bytes",
 * "files", "skipped", "skippedCount", "metrics"}} or {@code {"ok": false, "reason", "message"}}. A
 * registry that does not answer is tried again for as long as the pod may live.
 */
@Command(name = "collect", description = "Stores the directories that a script left.")
final class Collect implements Callable<Integer> {
  private static final int FAILED = 4;
  private static final int LONGEST_MESSAGE = 2_000;
  private static final int MOST_METRIC_BYTES = 1_500;
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final ObjectMapper JSON = new ObjectMapper();

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Option(names = "--root", required = true, description = "Where the directories lie.")
  private Path root = Path.of("");

  @Option(names = "--directory", description = "Directory to store, below the root.")
  private List<String> directories = List.of();

  @Option(names = "--namespace", required = true, description = "Namespace of the run.")
  private String namespace = "";

  @Option(names = "--run", required = true, description = "Name of the run.")
  private String run = "";

  @Option(names = "--uid", required = true, description = "Uid of the run.")
  private String uid = "";

  @Option(names = "--attempt", required = true, description = "Number of the attempt.")
  private int attempt;

  @Option(names = "--image", description = "Digest of the run image.")
  private @Nullable String image;

  @Option(names = "--patience", description = "Seconds for which a silent registry is asked.")
  private long patience = 600;

  @Option(names = "--result", description = "File for the result.")
  private Path result = Path.of("/dev/termination-log");

  @Override
  public Integer call() throws IOException, InterruptedException {
    ObjectNode answer = JSON.createObjectNode();
    int code = 0;
    try {
      Optional<StoredArtifact> artifact = store();
      answer.put("ok", true);
      artifact.ifPresent(stored -> stored(answer, stored));
    } catch (RegistryException e) {
      code = FAILED;
      failed(answer, RegistryOptions.reason(e), String.valueOf(e.getMessage()));
    } catch (IOException e) {
      code = FAILED;
      failed(answer, "OutputsUnreadable", String.valueOf(e.getMessage()));
    }
    metrics(answer);
    Files.write(result, JSON.writeValueAsBytes(answer));
    System.out.println(answer);
    return code;
  }

  /** Stores the directories; a script that left nothing has no artifact. */
  private Optional<StoredArtifact> store()
      throws RegistryException, IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(patience).toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      try {
        var origin =
            new Origin(
                namespace, run, uid, attempt, node(), Optional.ofNullable(image).map(Digest::new));
        List<Part> parts = parts();
        return parts.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new HistoryStore(registry.client())
                    .store(registry.repository(), ArtifactKind.OUTPUTS, origin, parts));
      } catch (RegistryException e) {
        if (e.kind() != RegistryException.Kind.UNREACHABLE || System.nanoTime() > end) {
          throw e;
        }
        System.out.println("The registry is asked again in " + pause + ": " + e.getMessage());
        Thread.sleep(pause);
        pause =
            pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
                ? pause.multipliedBy(2)
                : LONGEST_PAUSE;
      }
    }
  }

  /** Which node of a distributed run this is, as an Indexed Job tells its pods. */
  private static int node() {
    return Integer.parseInt(System.getenv().getOrDefault("JOB_COMPLETION_INDEX", "0"));
  }

  private List<Part> parts() throws IOException {
    var parts = new ArrayList<Part>();
    for (String directory : directories) {
      Path path = root.resolve(directory);
      if (hasEntries(path)) {
        parts.add(new Part.Tree(directory, new DirectoryEntries(path)));
      }
    }
    var files = new MetricFiles(root);
    if (files.hasSeries()) {
      Path series = Files.createTempFile("metrics", ".jsonl");
      try (var out = Files.newOutputStream(series)) {
        files.writeSeries(out);
      }
      parts.add(
          new Part.Text("metrics.jsonl", "application/jsonl", () -> Files.newInputStream(series)));
    }
    return parts;
  }

  private static boolean hasEntries(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (var entries = Files.list(directory)) {
      return entries.findAny().isPresent();
    }
  }

  private static void stored(ObjectNode answer, StoredArtifact artifact) {
    answer
        .put("digest", artifact.digest().text())
        .put("bytes", artifact.bytes())
        .put("files", artifact.files())
        .put("skippedCount", artifact.skippedCount());
    String skipped = String.join("; ", artifact.skipped());
    answer.put("skipped", skipped.substring(0, Math.min(skipped.length(), LONGEST_MESSAGE / 2)));
  }

  private static void failed(ObjectNode answer, String reason, String message) {
    answer
        .put("ok", false)
        .put("reason", reason)
        .put("message", message.substring(0, Math.min(message.length(), LONGEST_MESSAGE)));
  }

  /** A termination message has 4 KiB, so only the first metrics go into it. */
  private void metrics(ObjectNode answer) throws IOException {
    ObjectNode node = answer.putObject("metrics");
    int left = MOST_METRIC_BYTES;
    for (Map.Entry<String, String> metric : new MetricFiles(root).newest().entrySet()) {
      left -= metric.getKey().length() + metric.getValue().length() + 6;
      if (left > 0) {
        node.put(metric.getKey(), metric.getValue());
      }
    }
  }
}
