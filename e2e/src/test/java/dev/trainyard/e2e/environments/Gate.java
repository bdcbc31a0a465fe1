package dev.trainyard.e2e.environments;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * A server on this machine that pods reach and that hands requests on to one of the testbed's, the
 * package server or the registry: as a mirror, or as the proxy of clients that name another host.
 * It can be out of order for a while.
 */
final class Gate implements AutoCloseable {
  private static final int OUT_OF_ORDER = 503;
  private static final List<String> PASSED =
      List.of("Accept", "Content-Type", "Content-Range", "Range");
  private static final Set<String> OF_ONE_CONNECTION =
      Set.of("connection", "content-length", "date", "transfer-encoding");

  private final HttpServer server;
  private final String address;
  private final URI upstream;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Set<String> hosts = ConcurrentHashMap.newKeySet();
  private Mode mode = Mode.OPEN;
  private boolean closed;

  /** What it does with requests. */
  enum Mode {
    /** Hands them on. */
    OPEN,
    /** Answers 503. */
    OUT_OF_ORDER,
    /** Says nothing until it gets another mode. */
    SILENT
  }

  private Gate(HttpServer server, URI upstream) throws IOException {
    this.server = server;
    this.upstream = upstream;
    this.address = addressTowards(upstream) + ":" + server.getAddress().getPort();
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::serve);
    server.start();
  }

  /**
   * A gate that speaks plain http.
   *
   * @param upstream root of the server behind it
   */
  static Gate plain(URI upstream) throws IOException {
    return new Gate(HttpServer.create(new InetSocketAddress(0), 0), upstream);
  }

  /** A gate that speaks https with a certificate of the caller's. */
  static Gate secure(URI upstream, SSLContext context) throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new Gate(server, upstream);
  }

  /** The address of this machine that the cluster's node routes to. */
  static String addressTowards(URI server) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
      return socket.getLocalAddress().getHostAddress();
    }
  }

  synchronized void mode(Mode next) {
    mode = next;
    notifyAll();
  }

  /** The mode for a request, once there is one in which it is answered; empty after the end. */
  private synchronized Optional<Mode> answering() throws InterruptedException {
    while (mode == Mode.SILENT && !closed) {
      wait();
    }
    return closed ? Optional.empty() : Optional.of(mode);
  }

  /** host:port. */
  String address() {
    return address;
  }

  /** The same, as a socket connects to it. */
  InetSocketAddress socketAddress() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getAddress().getPort());
  }

  /** Hosts that clients asked for. */
  Set<String> hosts() {
    return hosts;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      hosts.add(exchange.getRequestHeaders().getFirst("Host"));
      Optional<Mode> answer = answering();
      if (answer.isEmpty()) {
        return;
      }
      if (answer.get() == Mode.OPEN) {
        forward(exchange);
      } else {
        exchange.sendResponseHeaders(OUT_OF_ORDER, -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forward(HttpExchange exchange) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = http.send(request(exchange), BodyHandlers.ofByteArray());
    answer
        .headers()
        .map()
        .forEach((name, values) -> {
          if (!OF_ONE_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
            values.forEach(value -> exchange.getResponseHeaders().add(name, passable(name, value)));
          }
        });
    byte[] body = answer.body();
    if (exchange.getRequestMethod().equals("HEAD")) {
      answer
          .headers()
          .firstValue("Content-Length")
          .ifPresent(length -> exchange.getResponseHeaders().set("Content-Length", length));
    }
    exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  private HttpRequest request(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(upstream.resolve(pathAndQuery(exchange.getRequestURI())))
            .method(
                exchange.getRequestMethod(),
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    for (String name : PASSED) {
      Optional.ofNullable(exchange.getRequestHeaders().getFirst(name))
          .ifPresent(value -> request.header(name, value));
    }
    return request.build();
  }

  /** A registry names itself in locations; clients that came through here find it by the path. */
  private static String passable(String name, String value) {
    return name.equalsIgnoreCase("Location") ? pathAndQuery(URI.create(value)) : value;
  }

  private static String pathAndQuery(URI uri) {
    return uri.getRawQuery() == null
        ? uri.getRawPath()
        : uri.getRawPath() + "?" + uri.getRawQuery();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    server.stop(0);
    http.close();
  }
}
