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

/**
 * A new certificate of a server at 127.0.0.1, in PEM.
 *
 * @param file the certificate
 * @param key its key
 */
public record ServerCertificate(Path file, Path key) {
  private static final String PASSWORD = "certificate";

  /** Makes one in a directory. */
  public static ServerCertificate in(Path directory) throws IOException {
    Path store = directory.resolve("certificate.p12");
    keytool(store);
    try {
      KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      return new ServerCertificate(
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

  private static void keytool(Path store) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-dname",
            "CN=registry",
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
