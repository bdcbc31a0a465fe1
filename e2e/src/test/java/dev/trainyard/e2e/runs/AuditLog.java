package dev.trainyard.e2e.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What a user asked of the API server of a bare cluster from some moment on. */
final class AuditLog {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final String user;
  private final Instant since;

  /**
   * @param directory state of the cluster
   * @param user whose requests count
   */
  AuditLog(Path directory, String user, Instant since) {
    this.directory = directory;
    this.user = user;
    this.since = since;
  }

  /** Whether the cluster is one whose log can be read. */
  static boolean isThere(Path directory) {
    return Files.isReadable(directory.resolve("audit.log"));
  }

  /** What was asked and allowed, as {@link Right#toString()} writes it. */
  Set<String> allowed() {
    return rights(event -> decision(event).equals("allow"));
  }

  /** What was asked and forbidden. */
  Set<String> forbidden() {
    return rights(event -> decision(event).equals("forbid"));
  }

  private Set<String> rights(Predicate<JsonNode> which) {
    var found = new TreeSet<String>();
    for (Path file : files()) {
      try (Stream<String> lines = Files.lines(file)) {
        lines
            .filter(line -> line.contains(user))
            .map(AuditLog::read)
            .filter(event -> event.path("user").path("username").asText().equals(user))
            .filter(event -> received(event).isAfter(since))
            .filter(which)
            .map(AuditLog::right)
            .forEach(found::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return found;
  }

  /** The log that is written, and those that were full. */
  private List<Path> files() {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.getFileName().toString().matches("audit.*\\.log")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Instant received(JsonNode event) {
    return Instant.parse(event.path("requestReceivedTimestamp").asText());
  }

  private static String decision(JsonNode event) {
    return event.path("annotations").path("authorization.k8s.io/decision").asText();
  }

  private static String right(JsonNode event) {
    JsonNode object = event.path("objectRef");
    String subresource = object.path("subresource").asText();
    return new Right(
            event.path("verb").asText(),
            object.path("apiGroup").asText(),
            object.path("resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource))
        .toString();
  }

  /** The last line may be half written. */
  private static JsonNode read(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }

  /** One verb on one kind of resource. */
  record Right(String verb, String group, String resource) {
    @Override
    public String toString() {
      return verb + " " + resource + (group.isEmpty() ? "" : "." + group);
    }
  }
}
