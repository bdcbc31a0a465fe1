package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.snapshot.SnapshotStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * What containers leave, through the engine: also of containers that have ended, and nothing is
 * started for it. Paths are resolved by the engine inside the container.
 */
final class ContainerRemains implements Remains {
  private static final Duration LOGS = Duration.ofMinutes(10);
  private static final Duration DIRECTORY = Duration.ofMinutes(30);
  private static final int NOT_FOUND = 404;
  private static final int OWNER = 1000;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public Optional<InputStream> output(SshConnection connection, RunAttempt attempt)
      throws SshFailure {
    return open(connection, attempt, "/logs?stdout=1&stderr=1", LOGS)
        .map(body -> new LogFrames(body, MOST_OUTPUT));
  }

  /** The end of an output of a container, whether or not it runs. */
  static String tail(SshConnection connection, RunAttempt attempt, int lines, int maxBytes)
      throws SshFailure {
    var tail = new TailBuffer(maxBytes);
    byte[] bytes = new byte[16 * 1024];
    try (InputStream body =
            open(connection, attempt, "/logs?stdout=1&stderr=1&tail=" + lines, Engine.SHORT)
                .orElse(InputStream.nullInputStream());
        var output = new LogFrames(body, MOST_OUTPUT)) {
      for (int count = output.read(bytes); count >= 0; count = output.read(bytes)) {
        tail.write(bytes, count);
      }
    } catch (IOException e) {
      // What came until then is shown; nothing depends on it.
      return tail.text();
    }
    return tail.text();
  }

  @Override
  public List<String> directories(SshConnection connection, RunAttempt attempt) throws SshFailure {
    try {
      String text =
          new Engine(connection)
              .get("/containers/" + attempt.name() + "/json")
              .path("Config")
              .path("Labels")
              .path(ContainerSpec.DIRECTORIES_LABEL)
              .asText();
      var directories = new ArrayList<String>();
      for (JsonNode directory : JSON.readTree(text.isEmpty() ? "[]" : text)) {
        directories.add(directory.asText());
      }
      return directories;
    } catch (EngineException e) {
      throw refused(connection, e);
    } catch (IOException e) {
      return List.of();
    }
  }

  @Override
  public Optional<InputStream> tar(SshConnection connection, RunAttempt attempt, String path)
      throws SshFailure {
    String absolute = SnapshotStore.WORKING_DIRECTORY + "/" + path;
    return open(connection, attempt, "/archive?path=" + Engine.encoded(absolute), DIRECTORY);
  }

  private static Optional<InputStream> open(
      SshConnection connection, RunAttempt attempt, String path, Duration limit) throws SshFailure {
    try {
      return Optional.of(
          new Engine(connection).open("/containers/" + attempt.name() + path, limit));
    } catch (EngineException e) {
      if (e.status() == NOT_FOUND) {
        return Optional.empty();
      }
      throw refused(connection, e);
    }
  }

  private static SshFailure refused(SshConnection connection, EngineException e) {
    return new SshFailure(
        SshFailure.Kind.SOCKET,
        "the Docker engine of " + connection.host().text() + " says: " + e.getMessage(),
        e);
  }

  /** Makes the directories in a container that has not begun, for its user. */
  static void make(SshConnection connection, RunAttempt attempt, List<String> directories)
      throws SshFailure, EngineException {
    if (!directories.isEmpty()) {
      new Engine(connection)
          .put(
              "/containers/"
                  + attempt.name()
                  + "/archive?noOverwriteDirNonDir=1&path="
                  + Engine.encoded(SnapshotStore.WORKING_DIRECTORY),
              "application/x-tar",
              empty(directories));
    }
  }

  /** A tar of the directories, and of those that they lie in, with nothing in them. */
  static byte[] empty(List<String> directories) {
    var all = new TreeSet<String>();
    for (String directory : directories) {
      for (int end = directory.length(); end > 0; end = directory.lastIndexOf('/', end - 1)) {
        all.add(directory.substring(0, end));
      }
    }
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(bytes, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (String directory : all) {
        var entry = new TarArchiveEntry(directory + "/");
        entry.setMode(0755);
        entry.setIds(OWNER, OWNER);
        tar.putArchiveEntry(entry);
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
