package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.operator.ssh.Printable;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Brings an image onto a machine by digest, through a port of the machine that is lent to it for as
 * long as the pull takes. The forward has a connection of its own, since the engine keeps its end
 * of it open for a while.
 */
final class ImagePull {
  private static final Duration LIMIT = Duration.ofHours(2);
  private static final Duration REPORT = Duration.ofSeconds(2);
  private static final long MEGABYTE = 1_000_000;
  private static final int AT_ONCE = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LentRegistry registry;
  private final ImageCache cache;
  private final Semaphore pulling = new Semaphore(AT_ONCE);

  ImagePull(LentRegistry registry, ImageCache cache) {
    this.registry = registry;
    this.cache = cache;
  }

  /**
   * The engine's id of the image, which is pulled where it is not there.
   *
   * @param image as nodes of the cluster pull it, by digest
   */
  String ensure(SshConnection connection, String image, Execution.Start start)
      throws SshFailure, Execution.StartException, MissingSecretException, InterruptedException {
    String digest = image.substring(image.indexOf('@') + 1);
    String repository = image.substring(image.indexOf('/') + 1, image.indexOf('@'));
    try {
      String present = find(connection, digest);
      if (!present.isEmpty()) {
        cache.used(connection, digest);
        return present;
      }
      cache.pulling(connection, digest);
      start.progress().accept(Reason.PULLING_IMAGE, "The machine begins to pull the image.");
      pulling.acquire();
      try {
        pull(repository, digest, start);
      } finally {
        pulling.release();
      }
      String pulled = find(connection, digest);
      if (pulled.isEmpty()) {
        throw failed("the engine has no image " + digest + " after the pull");
      }
      cache.trim(connection, start.place().cache().imagesMib());
      return pulled;
    } catch (EngineException e) {
      throw failed(String.valueOf(e.getMessage()));
    }
  }

  /** Ports differ from pull to pull, so the image is found by its digest under any of them. */
  private static String find(SshConnection connection, String digest)
      throws SshFailure, EngineException {
    for (JsonNode image : new Engine(connection).get("/images/json")) {
      for (JsonNode name : image.path("RepoDigests")) {
        if (name.asText().endsWith("@" + digest)) {
          return image.path("Id").asText();
        }
      }
    }
    return "";
  }

  private void pull(String repository, String digest, Execution.Start start)
      throws SshFailure,
          EngineException,
          Execution.StartException,
          MissingSecretException,
          InterruptedException {
    try (SshConnection own = start.machine().separateConnection();
        SshConnection.Lent lent = own.lend(registry.host(), registry.port())) {
      String name = "127.0.0.1:" + lent.port() + "/" + repository;
      String error =
          new Engine(own)
              .exchange(
                  "POST",
                  "/images/create?fromImage="
                      + Engine.encoded(name)
                      + "&tag="
                      + Engine.encoded(digest),
                  registry.header(repository),
                  null,
                  LIMIT,
                  body -> follow(body, start));
      if (!error.isEmpty()) {
        throw failed(error);
      }
    }
  }

  /** Reads the engine's reports; gives its error, or nothing. */
  private static String follow(InputStream body, Execution.Start start) throws IOException {
    var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    var layers = new HashMap<String, long[]>();
    long told = System.nanoTime();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode report = JSON.readTree(line);
      if (report.hasNonNull("error")) {
        return Printable.text(report.path("error").asText());
      }
      if (start.unwanted().getAsBoolean()) {
        return "it is no longer wanted";
      }
      JsonNode detail = report.path("progressDetail");
      if (report.path("status").asText().equals("Downloading") && layers.size() < 1_000) {
        layers.put(
            report.path("id").asText(),
            new long[] {detail.path("current").asLong(), detail.path("total").asLong()});
      }
      if (System.nanoTime() - told > REPORT.toNanos()) {
        told = System.nanoTime();
        start.progress().accept(Reason.PULLING_IMAGE, progress(layers));
      }
    }
    return "";
  }

  private static String progress(Map<String, long[]> layers) {
    long current = layers.values().stream().mapToLong(sizes -> sizes[0]).sum();
    long total = layers.values().stream().mapToLong(sizes -> sizes[1]).sum();
    return "The machine pulls the image: "
        + current / MEGABYTE
        + " of "
        + total / MEGABYTE
        + " MB.";
  }

  private static Execution.StartException failed(String what) {
    return new Execution.StartException(
        FullDisk.isNamedBy(what) ? Reason.MACHINE_DISK_FULL : Reason.IMAGE_PULL_FAILED,
        "The machine cannot pull the run's image: " + what + ". It is tried again.");
  }
}
