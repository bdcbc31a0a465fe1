package dev.trainyard.testbed.faults;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.net.SocketFactory;

/**
 * Stands between a client and one server, on a loopback port, and lets faults happen to requests.
 * It speaks HTTP/1.1 without TLS to the client, and what the server speaks to the server; watches
 * and WebSockets go through as they come.
 */
public final class FaultProxy implements AutoCloseable {
  /** Headers that belong to one connection, and offers that this proxy does not take up. */
  private static final Set<String> HOP_BY_HOP = Set.of("http2-settings", "host", "expect");

  private final String server;
  private final URI upstream;
  private final SocketFactory sockets;
  private final Function<Call, Fault> faults;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /**
   * Begins to listen.
   *
   * @param server name that calls carry
   * @param sockets makes connections to the server: plain ones, or of an SSL context
   * @param faults is asked once for each request; called by many threads
   */
  public FaultProxy(
      String server, URI upstream, SocketFactory sockets, Function<Call, Fault> faults)
      throws IOException {
    this.server = server;
    this.upstream = upstream;
    this.sockets = sockets;
    this.faults = faults;
    this.listener = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("proxy-" + server).start(this::accept);
  }

  /** {@code host:port} that clients connect to. */
  public String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** Ends every connection, as a network that goes away does. */
  public void cut() {
    open.forEach(FaultProxy::closeQuietly);
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed: the loop ends.
        continue;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket to = sockets.createSocket(upstream.getHost(), upstream.getPort())) {
      open.add(to);
      client.setTcpNoDelay(true);
      to.setTcpNoDelay(true);
      var exchange = new Exchange(client, to);
      boolean again = true;
      while (again) {
        again = exchange.next();
      }
      open.remove(to);
    } catch (IOException | UncheckedIOException e) {
      // One side went away; the other is closed with it.
    } finally {
      open.remove(client);
    }
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed already.
    }
  }

  /** The requests of one connection, one after the other. */
  private final class Exchange {
    private final Socket client;
    private final Socket to;
    private final InputStream clientIn;
    private final OutputStream clientOut;
    private final InputStream serverIn;
    private final OutputStream serverOut;

    Exchange(Socket client, Socket to) throws IOException {
      this.client = client;
      this.to = to;
      clientIn = new BufferedInputStream(client.getInputStream());
      clientOut = new BufferedOutputStream(client.getOutputStream());
      serverIn = new BufferedInputStream(to.getInputStream());
      serverOut = new BufferedOutputStream(to.getOutputStream());
    }

    /** Serves one request; says whether another may follow. */
    boolean next() throws IOException {
      Optional<HttpHead> head = HttpHead.read(clientIn);
      if (head.isEmpty()) {
        return false;
      }
      HttpHead request = head.get();
      return switch (faults.apply(new Call(server, request.word(0), request.word(1)))) {
        case Fault.None none -> pass(request, clientOut);
        case Fault.Answer answer -> answer(request, answer);
        case Fault.Before before -> {
          before.action().run();
          yield false;
        }
        case Fault.After after -> {
          pass(request, new ByteArrayOutputStream());
          after.action().run();
          yield false;
        }
        case Fault.Late late -> {
          try {
            // The delay is the fault.
            Thread.sleep(late.delay());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          yield pass(request, clientOut);
        }
      };
    }

    private boolean pass(HttpHead request, OutputStream answerTo) throws IOException {
      serverOut.write(forwarded(request).bytes());
      HttpBody.request(request, clientIn, serverOut);
      HttpHead answer =
          HttpHead.read(serverIn).orElseThrow(() -> new IOException("no answer from " + server));
      answerTo.write(answer.bytes());
      answerTo.flush();
      if (answer.status() == 101) {
        tunnel();
        return false;
      }
      boolean again = HttpBody.answer(request, answer, serverIn, answerTo);
      answerTo.flush();
      return again && !answer.header("Connection").filter("close"::equalsIgnoreCase).isPresent();
    }

    private HttpHead forwarded(HttpHead request) {
      boolean webSocket =
          request.header("Upgrade").filter("websocket"::equalsIgnoreCase).isPresent();
      HttpHead plain = webSocket ? request : request.without(Set.of("upgrade", "connection"));
      return plain.without(HOP_BY_HOP).with("Host", upstream.getHost() + ":" + upstream.getPort());
    }

    private boolean answer(HttpHead request, Fault.Answer answer) throws IOException {
      HttpBody.request(request, clientIn, OutputStream.nullOutputStream());
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      clientOut.write(
          ("HTTP/1.1 "
                  + answer.status()
                  + " Fault\r\nContent-Type: application/json\r\n"
                  + "Content-Length: "
                  + body.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1));
      clientOut.write(body);
      clientOut.flush();
      return true;
    }

    private void tunnel() throws IOException {
      Thread back =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  copy(clientIn, serverOut);
                } catch (IOException e) {
                  closeQuietly(to);
                } finally {
                  closeQuietly(to);
                }
              });
      try {
        copy(serverIn, clientOut);
      } finally {
        closeQuietly(client);
        back.interrupt();
      }
    }

    private static void copy(InputStream in, OutputStream out) throws IOException {
      byte[] buffer = new byte[1 << 14];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        out.flush();
      }
    }
  }
}
