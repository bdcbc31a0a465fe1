package dev.trainyard.e2e.environments;

import com.sun.net.httpserver.HttpServer;
import dev.trainyard.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Archives of sources with directories, served from this machine to the cluster's pods. */
final class SourceArchive implements AutoCloseable {
  private final HttpServer server;
  private final String address;
  private final Map<String, byte[]> archives = new ConcurrentHashMap<>();

  /**
   * Begins to serve.
   *
   * @param address of this machine, as pods reach it
   */
  SourceArchive(String address) throws IOException {
    server = HttpServer.create(new InetSocketAddress(0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] archive = archives.getOrDefault(exchange.getRequestURI().getPath(), new byte[0]);
            exchange.sendResponseHeaders(archive.length == 0 ? 404 : 200, archive.length);
            exchange.getResponseBody().write(archive);
          }
        });
    server.start();
    this.address = address + ":" + server.getAddress().getPort();
  }

  /** The source section of a run, in YAML's flow style, with files by their paths. */
  String source(Map<String, String> files) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      for (Map.Entry<String, String> file : files.entrySet()) {
        byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
        var entry = new TarArchiveEntry(file.getKey());
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    Digest digest = Digest.of(bytes.toByteArray());
    String path = "/" + digest.hex() + ".tar.gz";
    archives.put(path, bytes.toByteArray());
    return "{archive: {url: 'http://%s%s', sha256: '%s'}}".formatted(address, path, digest.hex());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
