package dev.trainyard.builder.archive;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.trainyard.oci.ServerCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** An https server with one file, whose certificate is of an authority that nobody knows. */
final class PrivateServer implements AutoCloseable {
  private final HttpsServer server;
  private final ServerCertificate certificate;

  PrivateServer(byte[] file, Path directory) throws IOException {
    Files.createDirectories(directory);
    certificate = ServerCertificate.in(Files.createTempDirectory(directory, "server"));
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(certificate.serverContext()));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, file.length);
          exchange.getResponseBody().write(file);
          exchange.close();
        });
    server.start();
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/file.zip";
  }

  /** File with the certificate of its authority. */
  Path authority() {
    return certificate.file();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
