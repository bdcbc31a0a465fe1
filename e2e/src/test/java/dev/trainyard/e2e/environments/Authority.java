package dev.trainyard.e2e.environments;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** An authority that nobody trusts until told to, and a server's certificate that it signed. */
public final class Authority implements AutoCloseable {
  private static final String PASSWORD = "certificate";
  private static final String ITSELF = "authority";

  private final Path directory;
  private final Path store;

  /**
   * Makes both.
   *
   * @param address of the server
   * @param names of the server, beside it
   */
  public Authority(String address, String... names) throws IOException {
    directory = Files.createTempDirectory("authority");
    store = directory.resolve("certificates.p12");
    var alternatives = new StringBuilder("san=ip:").append(address);
    for (String name : names) {
      alternatives.append(",dns:").append(name);
    }
    // rustls, which rattler has, takes no authority's certificate for a server's.
    make(ITSELF, "-ext", "bc:c=ca:true");
    make("server", "-ext", alternatives.toString(), "-signer", ITSELF);
  }

  private void make(String name, String... further) throws IOException {
    var command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home", ""), "bin", "keytool").toString()));
    command.addAll(List.of("-genkeypair", "-alias", name, "-dname", "CN=" + name));
    command.addAll(List.of("-keyalg", "EC", "-validity", "2", "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    command.addAll(List.of(further));
    Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (InputStream said = keytool.getInputStream()) {
      String text = new String(said.readAllBytes(), StandardCharsets.UTF_8);
      if (!keys().containsAlias(name)) {
        throw new IOException(text);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private KeyStore keys() throws IOException, GeneralSecurityException {
    return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
  }

  /** What the server is configured with. */
  public SSLContext serverContext() throws IOException {
    try {
      KeyStore keys = keys();
      keys.deleteEntry(ITSELF);
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

  /** The authority's own certificate in PEM form. */
  public String certificate() throws IOException {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'})
              .encodeToString(keys().getCertificate(ITSELF).getEncoded())
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
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
