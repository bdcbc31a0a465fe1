package dev.trainyard.e2e.machines;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.command.AbstractCommandSupport;

/** Servers that mean no good, as a part of the test's process. */
final class HostileServer implements AutoCloseable {
  private final String address;
  private final List<AutoCloseable> open = new ArrayList<>();
  private final KeyPair hostKey;

  HostileServer(URI apiServer) throws IOException, GeneralSecurityException {
    address = addressTowards(apiServer);
    hostKey = KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256);
  }

  private static String addressTowards(URI apiServer) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(apiServer.getHost(), apiServer.getPort()));
      return socket.getLocalAddress().getHostAddress();
    }
  }

  /** The address by which pods reach these servers. */
  String address() {
    return address;
  }

  String fingerprint() {
    return KeyUtils.getFingerPrint(hostKey.getPublic());
  }

  /** What a connection is done with. */
  interface Conversation {
    void hold(OutputStream out) throws IOException;
  }

  /** Does that with every TCP connection, until the other side ends it; gives the port. */
  int tcp(Conversation conversation) throws IOException {
    var server = new ServerSocket(0);
    open.add(server);
    Thread.ofVirtual()
        .start(() -> {
          while (!server.isClosed()) {
            try {
              Socket socket = server.accept();
              open.add(socket);
              Thread.ofVirtual().start(() -> hold(conversation, socket));
            } catch (IOException e) {
              return;
            }
          }
        });
    return server.getLocalPort();
  }

  private static void hold(Conversation conversation, Socket socket) {
    try (socket) {
      conversation.hold(socket.getOutputStream());
      socket.getInputStream().transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      // The other side has had enough.
      return;
    }
  }

  /** An SSH server that lets everybody in and answers every command so; gives the port. */
  int ssh(Conversation answer) throws IOException {
    SshServer server = SshServer.setUpDefaultServer();
    server.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    server.setPasswordAuthenticator((user, password, session) -> true);
    server.setCommandFactory((channel, command) ->
        new AbstractCommandSupport(command, null) {
          @Override
          public void run() {
            try {
              answer.hold(getOutputStream());
              onExit(0);
            } catch (IOException e) {
              onExit(1);
            }
          }
        });
    server.start();
    open.add(server);
    return server.getPort();
  }

  /** Noise without an end, the same each time. */
  static void noise(OutputStream out) throws IOException {
    var random = new Random(4711);
    byte[] block = new byte[8192];
    while (true) {
      random.nextBytes(block);
      out.write(block);
    }
  }

  /** Lines that look like answers, without an end. */
  static void answersWithoutEnd(OutputStream out) throws IOException {
    byte[] line =
        "os-id=ubuntu\nos=\u001b[2J\u202eUbuntu\n".repeat(500).getBytes(StandardCharsets.UTF_8);
    while (true) {
      out.write(line);
      out.flush();
    }
  }

  @Override
  public void close() {
    for (AutoCloseable one : List.copyOf(open)) {
      try {
        one.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
