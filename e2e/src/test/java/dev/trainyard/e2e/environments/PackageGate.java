package dev.trainyard.e2e.environments;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/**
 * A server on this machine that pods reach and that fetches from the testbed's package server: as a
 * mirror, or as the proxy of clients that name another host. It can be out of order for a while.
 */
final class PackageGate implements AutoCloseable {
  private static final int OUT_OF_ORDER = 503;

  private final HttpServer server;
  private final String address;
  private final URI upstream;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Set<String> hosts = ConcurrentHashMap.newKeySet();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Mode mode = Mode.OPEN;

  /** What it does with requests. */
  enum Mode {
    OPEN,
    OUT_OF_ORDER,
    SILENT
  }

  private PackageGate(HttpServer server, URI upstream) throws IOException {
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
   * @param upstream root of the package server
   */
  static PackageGate plain(URI upstream) throws IOException {
    return new PackageGate(HttpServer.create(new InetSocketAddress(0), 0), upstream);
  }

  /** A gate that speaks https with a certificate of the caller's. */
  static PackageGate secure(URI upstream, SSLContext context) throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress(0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return new PackageGate(server, upstream);
  }

  /** The address of this machine that the cluster's node routes to. */
  static String addressTowards(URI server) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
      return socket.getLocalAddress().getHostAddress();
    }
  }

  void mode(Mode next) {
    mode = next;
  }

  /** host:port. */
  String address() {
    return address;
  }

  /** Hosts that clients asked for. */
  Set<String> hosts() {
    return hosts;
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      hosts.add(exchange.getRequestHeaders().getFirst("Host"));
      switch (mode) {
        case OPEN -> forward(exchange);
        case OUT_OF_ORDER -> exchange.sendResponseHeaders(OUT_OF_ORDER, -1);
        case SILENT -> closed.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void forward(HttpExchange exchange) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(upstream.resolve(exchange.getRequestURI().getRawPath()))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<byte[]> answer = http.send(request, BodyHandlers.ofByteArray());
    answer
        .headers()
        .firstValue("Content-Type")
        .ifPresent(type -> exchange.getResponseHeaders().add("Content-Type", type));
    byte[] body = answer.body();
    exchange.sendResponseHeaders(answer.statusCode(), body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    http.close();
  }
}
