package dev.trainyard.oci;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Stands before a real registry and shows the faults that it cannot be made to show. */
final class RegistryProxy implements AutoCloseable {

  /** Looks at a request first; answers it and says so, or leaves it to the registry. */
  @FunctionalInterface
  interface Fault {
    boolean answers(HttpExchange exchange) throws IOException;
  }

  /** A request that came. */
  record Seen(String method, String path, @Nullable String authorization) {}

  private final HttpServer server;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI upstream;
  private final List<Fault> faults = new CopyOnWriteArrayList<>();
  private final List<Seen> seen = new CopyOnWriteArrayList<>();

  RegistryProxy(URI upstream) throws IOException {
    this.upstream = upstream;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  RegistryProxy with(Fault fault) {
    faults.add(fault);
    return this;
  }

  String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  List<Seen> seen() {
    return seen;
  }

  long count(String method, String part) {
    return seen.stream().filter(s -> s.method().equals(method) && s.path().contains(part)).count();
  }

  Repository repository(String name) {
    return new Repository(host(), name, Credentials.NONE);
  }

  Repository repository(String name, String user, String password) {
    byte[] config = DockerRegistry.config(host(), user, password).getBytes(StandardCharsets.UTF_8);
    return new Repository(host(), name, Credentials.fromDockerConfig(config));
  }

  RegistryClient client(String... others) {
    var insecure = new HashSet<>(Set.of(others));
    insecure.add(host());
    return new RegistryClient(new RegistryEndpoints(Map.of(), insecure));
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      seen.add(
          new Seen(
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              exchange.getRequestHeaders().getFirst("Authorization")));
      for (Fault fault : faults) {
        if (fault.answers(exchange)) {
          return;
        }
      }
      forward(exchange);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forward(HttpExchange exchange) throws IOException, InterruptedException {
    URI target = URI.create(upstream + exchange.getRequestURI().toString());
    byte[] body = exchange.getRequestBody().readAllBytes();
    var request =
        HttpRequest.newBuilder(target)
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    for (String name : List.of("Accept", "Content-Type", "Authorization")) {
      String value = exchange.getRequestHeaders().getFirst(name);
      if (value != null && (!name.equals("Authorization") || value.startsWith("Basic"))) {
        request.header(name, value);
      }
    }
    HttpResponse<byte[]> answer =
        http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    answer
        .headers()
        .map()
        .forEach((name, values) -> {
          if (!name.equalsIgnoreCase("content-length")) {
            String own = values.getFirst().replace(upstream.toString(), "http://" + host());
            exchange.getResponseHeaders().set(name, own);
          }
        });
    boolean head = exchange.getRequestMethod().equals("HEAD");
    if (head) {
      answer
          .headers()
          .firstValue("Content-Length")
          .ifPresent(length -> exchange.getResponseHeaders().set("Content-Length", length));
    }
    send(exchange, answer.statusCode(), head ? new byte[0] : answer.body());
  }

  static boolean send(HttpExchange exchange, int status, String body) throws IOException {
    return send(exchange, status, body.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
    return true;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
