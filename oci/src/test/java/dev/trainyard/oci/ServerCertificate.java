package dev.trainyard.oci;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * A new certificate of a server, of an authority that nobody knows.
 *
 * @param keys the certificate and its key
 * @param file the certificate, in PEM
 * @param key its key, in PEM
 */
public record ServerCertificate(KeyStore keys, Path file, Path key) {
  private static final String PASSWORD = "certificate";

  /** Makes one in a directory, for a server at 127.0.0.1. */
  public static ServerCertificate in(Path directory) throws IOException {
    return in(directory, "127.0.0.1");
  }

  /** Makes one in a directory that has none, for a server at that address. */
  public static ServerCertificate in(Path directory, String address) throws IOException {
    Path store = directory.resolve("certificate.p12");
    keytool(store, address);
    try {
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      return new ServerCertificate(
          keys,
          pem(
              directory.resolve("server.crt"),
              "CERTIFICATE",
              keys.getCertificate("server").getEncoded()),
          pem(
              directory.resolve("server.key"),
              "PRIVATE KEY",
              keys.getKey("server", PASSWORD.toCharArray()).getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** The certificate's text. */
  public String text() throws IOException {
    return Files.readString(file);
  }

  /** What a server with this certificate is configured with. */
  public SSLContext serverContext() throws IOException {
    try {
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      managers.init(keys, PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static void keytool(Path store, String address) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-dname",
            "CN=server",
            "-ext",
            "san=ip:" + address,
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
    try (InputStream said =
        new ProcessBuilder(command).redirectErrorStream(true).start().getInputStream()) {
      String text = new String(said.readAllBytes(), StandardCharsets.UTF_8);
      if (!Files.exists(store)) {
        throw new IOException(text);
      }
    }
  }

  private static Path pem(Path file, String kind, byte[] content) throws IOException {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    return Files.writeString(
        file, "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n".formatted(kind, lines));
  }
}
