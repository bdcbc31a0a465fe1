package dev.trainyard.e2e.environments;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A forward proxy on this machine that opens tunnels, as https needs them, to names that only it
 * knows: who reaches such a name came through here.
 */
final class TunnelProxy implements AutoCloseable {
  private static final int LONGEST_HEAD = 8_192;

  private final ServerSocket listener = new ServerSocket(0);
  private final Map<String, InetSocketAddress> names;
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  /**
   * Begins to listen.
   *
   * @param names {@code host:port} to where it is
   */
  TunnelProxy(Map<String, InetSocketAddress> names) throws IOException {
    this.names = names;
    Thread.ofVirtual().name("tunnels").start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Each {@code host:port} that a tunnel was asked for to. */
  Set<String> asked() {
    return asked;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      }
    } catch (SocketException e) {
      // It was closed.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(Socket client) {
    try (client) {
      String[] words = head(client.getInputStream()).split(" ", 3);
      asked.add(words[1]);
      Optional<InetSocketAddress> target =
          Optional.ofNullable(names.get(words[1])).filter(found -> words[0].equals("CONNECT"));
      if (target.isEmpty()) {
        say(client, "502 Unknown Name");
        return;
      }
      try (Socket server = new Socket(target.get().getAddress(), target.get().getPort())) {
        open.add(server);
        say(client, "200 Connected");
        Thread.ofVirtual().start(() -> copy(server, client));
        copy(client, server);
      }
    } catch (IOException e) {
      // One side went away, and the other with it.
    } finally {
      open.remove(client);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0 || head.length() > LONGEST_HEAD) {
        throw new IOException("not a request");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void say(Socket client, String status) throws IOException {
    client
        .getOutputStream()
        .write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
  }

  /** Passes on what comes until one of them closes, and then closes both. */
  private void copy(Socket from, Socket to) {
    try (from;
        to) {
      OutputStream out = to.getOutputStream();
      from.getInputStream().transferTo(out);
    } catch (IOException e) {
      // As above.
    } finally {
      open.remove(from);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
