package dev.trainyard.builder.archive;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** An https server with one file, whose certificate is of an authority that nobody knows. */
final class PrivateServer implements AutoCloseable {
  private static final String PASSWORD = "certificate";

  private final HttpsServer server;
  private final Path authority;

  PrivateServer(byte[] file, Path directory)
      throws IOException, GeneralSecurityException, InterruptedException {
    Files.createDirectories(directory);
    KeyStore store = KeyStore.getInstance(made(directory.resolve("store.p12")), password());
    authority =
        Files.writeString(
            directory.resolve("ca.crt"),
            "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder()
                    .encodeToString(store.getCertificate("server").getEncoded())
                + "\n-----END CERTIFICATE-----\n");
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, password());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, file.length);
          exchange.getResponseBody().write(file);
          exchange.close();
        });
    server.start();
  }

  private static char[] password() {
    return PASSWORD.toCharArray();
  }

  private static java.io.File made(Path store) throws IOException, InterruptedException {
    String keytool = Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString();
    List<String> command =
        List.of(
            keytool,
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-dname",
            "CN=files",
            "-ext",
            "san=ip:127.0.0.1",
            "-ext",
            "bc:c=ca:true",
            "-validity",
            "2",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            store.toString());
    new ProcessBuilder(command).inheritIO().start().waitFor();
    return store.toFile();
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/file.zip";
  }

  /** File with the certificate of its authority. */
  Path authority() {
    return authority;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
