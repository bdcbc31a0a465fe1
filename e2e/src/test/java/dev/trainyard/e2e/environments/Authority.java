package dev.trainyard.e2e.environments;

import dev.trainyard.oci.ServerCertificate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/** A certificate of a server that nobody trusts until told to. */
public final class Authority implements AutoCloseable {
  private final Path directory;
  private final ServerCertificate server;

  /**
   * @param address of the server
   */
  public Authority(String address) throws IOException {
    directory = Files.createTempDirectory("authority");
    server = ServerCertificate.in(directory, address);
  }

  public SSLContext serverContext() throws IOException {
    return server.serverContext();
  }

  /** The certificate in PEM form. */
  public String certificate() throws IOException {
    return server.text();
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
