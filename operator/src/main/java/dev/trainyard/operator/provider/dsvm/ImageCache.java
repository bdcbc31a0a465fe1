package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images that were pulled onto machines for runs, and are kept for the next ones within a
 * budget. Which they are, and when they were last used, is told by files of the machine that are
 * named after their digests. An image that has no such file, or that somebody gave a name, is not
 * ours to remove.
 */
final class ImageCache {
  private static final Logger LOG = LoggerFactory.getLogger(ImageCache.class);
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration COUNTING = Duration.ofMinutes(2);
  private static final int ANSWER = 1 << 20;
  private static final int MOST_REMOVED = 50;
  private static final long MIB = 1 << 20;

  private static final String PULLING =
      "mkdir -p \"$HOME/.trainyard/images\" && touch \"$HOME/.trainyard/images/$1\"";
  private static final String USED =
      "[ -f \"$HOME/.trainyard/images/$1\" ] && touch \"$HOME/.trainyard/images/$1\"; exit 0";
  private static final String FORGET = "rm -f \"$HOME/.trainyard/images/$1\"";
  private static final String OURS =
      "cd \"$HOME/.trainyard/images\" 2>/dev/null && ls -1tr | head -n 10000; exit 0";

  /** What attempts are about to use and has no container yet. */
  private final Map<String, String> starting = new ConcurrentHashMap<>();

  /** An attempt needs an image until {@link #started}. */
  void starting(String attempt, String digest) {
    starting.put(attempt, digest);
  }

  void started(String attempt) {
    starting.remove(attempt);
  }

  /** Writes down that an image is ours, before it is pulled. */
  void pulling(SshConnection connection, String digest) throws SshFailure {
    ask(connection, PULLING, hex(digest));
  }

  /** Writes down that an image was used, if it is ours. */
  void used(SshConnection connection, String digest) throws SshFailure {
    ask(connection, USED, hex(digest));
  }

  /** Removes images of ours that nothing uses, the one used longest ago first. */
  void trim(SshConnection connection, long keepMib) throws SshFailure {
    try {
      List<String> ours = ours(connection);
      for (int removed = 0; removed < MOST_REMOVED; removed++) {
        Optional<Victim> victim =
            ours.isEmpty() ? Optional.empty() : victim(connection, ours, keepMib);
        if (victim.isEmpty()) {
          return;
        }
        LOG.info("Removing an image of {} that nothing uses", connection.host().text());
        for (String name : victim.get().names()) {
          new Engine(connection).call("DELETE", "/images/" + name, null, COUNTING);
        }
        ask(connection, FORGET, victim.get().hex());
        ours.remove(victim.get().hex());
      }
    } catch (EngineException e) {
      LOG.info("The images of {} stay for now: {}", connection.host().text(), e.getMessage());
    }
  }

  /** An image to remove, by all its names. */
  private record Victim(String hex, List<String> names) {}

  private Optional<Victim> victim(SshConnection connection, List<String> ours, long keepMib)
      throws SshFailure, EngineException {
    JsonNode disk = new Engine(connection).call("GET", "/system/df?type=image", null, COUNTING);
    long left = disk.path("LayersSize").asLong() - keepMib * MIB;
    for (JsonNode image : disk.path("Images")) {
      if (ours.stream().noneMatch(hex -> isNamed(image, hex))) {
        left -= own(image);
      }
    }
    if (left <= 0) {
      return Optional.empty();
    }
    Set<String> used = used(connection);
    for (String hex : ours) {
      for (JsonNode image : disk.path("Images")) {
        if (isNamed(image, hex)
            && !used.contains(image.path("Id").asText())
            && !starting.containsValue("sha256:" + hex)) {
          return Optional.of(new Victim(hex, names(image)));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether an image has that digest and no other names than the ones of our pulls. */
  private static boolean isNamed(JsonNode image, String hex) {
    for (JsonNode tag : image.path("RepoTags")) {
      if (!tag.asText().startsWith("<none>")) {
        return false;
      }
    }
    List<String> names = names(image);
    return !names.isEmpty()
        && names.stream()
            .allMatch(
                name -> name.matches("127\\.0\\.0\\.1:\\d{1,5}/[a-z0-9._/-]{1,255}@sha256:" + hex));
  }

  private static List<String> names(JsonNode image) {
    var names = new ArrayList<String>();
    image.path("RepoDigests").forEach(name -> names.add(name.asText()));
    return names;
  }

  /** What an image takes that no other image has. */
  private static long own(JsonNode image) {
    return Math.max(
        0, image.path("Size").asLong() - Math.max(0, image.path("SharedSize").asLong()));
  }

  private static Set<String> used(SshConnection connection) throws SshFailure, EngineException {
    var used = new HashSet<String>();
    for (JsonNode container : new Engine(connection).get("/containers/json?all=1")) {
      used.add(container.path("ImageID").asText());
    }
    return used;
  }

  /** Digests of the images that were pulled, the one used longest ago first. */
  private static List<String> ours(SshConnection connection) throws SshFailure {
    return new ArrayList<>(
        connection
            .run(List.of("sh", "-c", OURS), ANSWER, LIMIT)
            .output()
            .lines()
            .filter(line -> line.matches("[0-9a-f]{64}"))
            .toList());
  }

  private static String hex(String digest) {
    return digest.substring(digest.indexOf(':') + 1);
  }

  private static void ask(SshConnection connection, String script, String word) throws SshFailure {
    connection.run(List.of("sh", "-c", script, "trainyard", word), ANSWER, LIMIT);
  }
}
