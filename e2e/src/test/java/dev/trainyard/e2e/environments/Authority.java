package dev.trainyard.e2e.environments;

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

/** A certificate of a server that nobody trusts until told to. */
public final class Authority implements AutoCloseable {
  private static final char[] PASSWORD = "certificate".toCharArray();

  private final Path file;
  private final KeyStore store;

  /**
   * @param address of the server
   */
  public Authority(String address) throws IOException {
    file = Files.createTempDirectory("authority").resolve("store.p12");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            "server",
            "-keyalg",
            "EC",
            "-dname",
            "CN=packages",
            "-ext",
            "san=ip:" + address,
            "-ext",
            "bc:c=ca:true",
            "-validity",
            "2",
            "-storetype",
            "PKCS12",
            "-storepass",
            new String(PASSWORD),
            "-keystore",
            file.toString());
    try (InputStream made =
        new ProcessBuilder(command).redirectErrorStream(true).start().getInputStream()) {
      String said = new String(made.readAllBytes(), StandardCharsets.UTF_8);
      store = KeyStore.getInstance(file.toFile(), PASSWORD);
      if (!store.containsAlias("server")) {
        throw new IOException(said);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  public SSLContext serverContext() throws IOException {
    try {
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** The certificate in PEM form. */
  public String certificate() throws IOException {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'})
              .encodeToString(store.getCertificate("server").getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** Manifest of a ConfigMap that has it as authorities, under {@code ca.crt}. */
  public String configMap(String name) throws IOException {
    return """
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: %s}
    data:
      ca.crt: |
    """
            .formatted(name)
        + certificate().indent(4);
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(file);
      Files.deleteIfExists(file.getParent());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
