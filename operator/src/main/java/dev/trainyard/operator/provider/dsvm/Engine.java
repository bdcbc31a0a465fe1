package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The Docker engine's HTTP API in the newest version that the engine has, through its socket:
 * nothing is started on the machine to ask it, and no value is seen by a shell.
 */
final class Engine {
  static final String SOCKET = "/var/run/docker.sock";
  static final Duration SHORT = Duration.ofSeconds(20);

  private static final int LARGEST_ANSWER = 8 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SshConnection connection;

  Engine(SshConnection connection) {
    this.connection = connection;
  }

  /** What is done with the body of an answer. */
  interface Reader<T> {
    T read(InputStream body) throws IOException, EngineException;
  }

  JsonNode get(String path) throws SshFailure, EngineException {
    return call("GET", path, null, SHORT);
  }

  JsonNode post(String path, @Nullable JsonNode body) throws SshFailure, EngineException {
    return call("POST", path, body, SHORT);
  }

  /** An answer in JSON. */
  JsonNode call(String method, String path, @Nullable JsonNode body, Duration limit)
      throws SshFailure, EngineException {
    return exchange(method, path, Map.of(), body, limit, Engine::json);
  }

  /**
   * Asks for something and reads the answer.
   *
   * @throws EngineException when the answer's status is 400 or more
   */
  <T> T exchange(
      String method,
      String path,
      Map<String, String> headers,
      @Nullable JsonNode body,
      Duration limit,
      Reader<T> reader)
      throws SshFailure, EngineException {
    try (SshConnection.Stream stream = connection.unixSocket(SOCKET)) {
      var alarm = CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS);
      var timeout = CompletableFuture.runAsync(stream::close, alarm);
      try {
        var all = new java.util.HashMap<>(headers);
        byte[] bytes = new byte[0];
        if (body != null) {
          all.put("Content-Type", "application/json");
          bytes = JSON.writeValueAsBytes(body);
        }
        var exchange = HttpExchange.send(stream.in(), stream.out(), method, path, all, bytes);
        if (exchange.status() >= 400) {
          throw new EngineException(exchange.status(), complaint(exchange.body()));
        }
        return reader.read(exchange.body());
      } catch (IOException e) {
        throw new SshFailure(
            SshFailure.Kind.LOST,
            "the Docker engine of "
                + connection.host().text()
                + " did not answer "
                + (timeout.isDone() ? "within " + limit.toSeconds() + " s" : "to the end"),
            e);
      } finally {
        timeout.cancel(false);
      }
    }
  }

  /**
   * Sends content and waits for an answer without any.
   *
   * @throws EngineException when the answer's status is 400 or more
   */
  void put(String path, String type, byte[] content) throws SshFailure, EngineException {
    try (InputStream answer = open("PUT", path, Map.of("Content-Type", type), content, SHORT)) {
      answer.readNBytes(LARGEST_ANSWER);
    } catch (IOException e) {
      throw silent(e);
    }
  }

  /**
   * Asks for something and gives the answer's body as it comes; closing it ends the exchange.
   * Reading fails when the limit is over or the answer ends early.
   *
   * @throws EngineException when the answer's status is 400 or more
   */
  InputStream open(String path, Duration limit) throws SshFailure, EngineException {
    return open("GET", path, Map.of(), new byte[0], limit);
  }

  private InputStream open(
      String method, String path, Map<String, String> headers, byte[] content, Duration limit)
      throws SshFailure, EngineException {
    SshConnection.Stream stream = connection.unixSocket(SOCKET);
    var alarm = CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS);
    var timeout = CompletableFuture.runAsync(stream::close, alarm);
    Runnable end =
        () -> {
          timeout.cancel(false);
          stream.close();
        };
    try {
      var exchange = HttpExchange.send(stream.in(), stream.out(), method, path, headers, content);
      if (exchange.status() >= 400) {
        String complaint = complaint(exchange.body());
        end.run();
        throw new EngineException(exchange.status(), complaint);
      }
      return new FilterInputStream(exchange.body()) {
        @Override
        public void close() {
          end.run();
        }
      };
    } catch (IOException e) {
      end.run();
      throw silent(e);
    }
  }

  private SshFailure silent(IOException e) {
    return new SshFailure(
        SshFailure.Kind.LOST,
        "the Docker engine of " + connection.host().text() + " did not answer to the end",
        e);
  }

  /** A value as a part of a path or query. */
  static String encoded(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private static JsonNode json(InputStream body) throws IOException, EngineException {
    byte[] bytes = body.readNBytes(LARGEST_ANSWER);
    if (bytes.length == LARGEST_ANSWER) {
      throw new EngineException(0, "the engine's answer is larger than 8 MiB");
    }
    try {
      return bytes.length == 0 ? MissingNode.getInstance() : JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      // Some calls answer with plain text, which nobody needs.
      return MissingNode.getInstance();
    }
  }

  private static String complaint(InputStream body) throws IOException {
    byte[] bytes = body.readNBytes(4_096);
    try {
      return JSON.readTree(bytes).path("message").asText();
    } catch (IOException e) {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }
}
