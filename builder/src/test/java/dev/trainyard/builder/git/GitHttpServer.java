package dev.trainyard.builder.git;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/**
 * Serves repositories by the real {@code git http-backend}: at {@code /open}, at {@code /locked}
 * with user and password, and with faults at {@code /broken} and {@code /moved}.
 */
public final class GitHttpServer implements AutoCloseable {
  public static final String USER = "reader";
  public static final String PASSWORD = "canary-5ecret";

  private final HttpServer server;
  private final Path root;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private volatile String movedTo = "";

  public GitHttpServer(Path root) throws IOException {
    this.root = root;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::handle);
    server.start();
  }

  public String url(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  /** Where {@code /moved} leads to. */
  void moveTo(String url) {
    movedTo = url;
  }

  /** Method, path and whether there was an Authorization header, of every request. */
  public List<String> seen() {
    return seen;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String given = exchange.getRequestHeaders().getFirst("Authorization");
      seen.add(exchange.getRequestMethod() + " " + path + (given == null ? "" : " authorized"));
      if (path.startsWith("/broken/")) {
        exchange.sendResponseHeaders(503, -1);
      } else if (path.startsWith("/moved/")) {
        String rest = exchange.getRequestURI().toString().substring("/moved".length());
        exchange.getResponseHeaders().set("Location", movedTo + rest);
        exchange.sendResponseHeaders(302, -1);
      } else if (path.startsWith("/locked/") && !authorized().equals(given)) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
      } else {
        backend(exchange, path.substring(path.indexOf('/', 1)));
      }
    }
  }

  private static String authorized() {
    byte[] login = (USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(login);
  }

  private void backend(HttpExchange exchange, String path) throws IOException {
    var builder = new ProcessBuilder("git", "http-backend");
    byte[] body = exchange.getRequestBody().readAllBytes();
    builder
        .environment()
        .putAll(
            Map.of(
                "GIT_PROJECT_ROOT",
                root.toString(),
                "GIT_HTTP_EXPORT_ALL",
                "1",
                "GIT_CONFIG_COUNT",
                "1",
                "GIT_CONFIG_KEY_0",
                "safe.directory",
                "GIT_CONFIG_VALUE_0",
                "*",
                "PATH_INFO",
                path,
                "QUERY_STRING",
                Objects.requireNonNullElse(exchange.getRequestURI().getQuery(), ""),
                "REQUEST_METHOD",
                exchange.getRequestMethod(),
                "CONTENT_TYPE",
                header(exchange, "Content-Type"),
                "CONTENT_LENGTH",
                Integer.toString(body.length)));
    builder.environment().put("HTTP_CONTENT_ENCODING", header(exchange, "Content-Encoding"));
    builder.environment().put("GIT_PROTOCOL", header(exchange, "Git-Protocol"));
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(body);
    }
    InputStream out = process.getInputStream();
    int status = 200;
    for (String line = line(out); !line.isEmpty(); line = line(out)) {
      String[] field = line.split(": ", 2);
      if (field[0].equals("Status")) {
        status = Integer.parseInt(field[1].substring(0, 3));
      } else {
        exchange.getResponseHeaders().set(field[0], field[1]);
      }
    }
    exchange.sendResponseHeaders(status, 0);
    out.transferTo(exchange.getResponseBody());
  }

  private static String header(HttpExchange exchange, String name) {
    return Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst(name), "");
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
