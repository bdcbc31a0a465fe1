package dev.trainyard.e2e.runs;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.zip.GZIPInputStream;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.transport.PacketLineOut;
import org.eclipse.jgit.transport.RefAdvertiser.PacketLineOutRefAdvertiser;
import org.eclipse.jgit.transport.UploadPack;

/**
 * A Git server with one repository, {@code repository.git}, over ssh with a key and over http with
 * a password. It is a part of the test's process, on the address by which pods reach this machine.
 */
final class GitServer implements AutoCloseable {
  static final String PASSWORD = "s3cret-pass";

  private static final String NAME = "repository.git";

  private final String host;
  private final Git git;
  private final Path directory;
  private final SshServer ssh;
  private final HttpServer http;
  private final KeyPair hostKey;
  private final KeyPair userKey;

  GitServer(URI apiServer) throws IOException, GeneralSecurityException, GitAPIException {
    host = addressTowards(apiServer);
    directory = Files.createTempDirectory("repository");
    git = Git.init().setDirectory(directory.toFile()).setInitialBranch("main").call();
    hostKey = KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256);
    userKey = KeyUtils.generateKeyPair("ecdsa-sha2-nistp256", 256);
    ssh = SshServer.setUpDefaultServer();
    ssh.setKeyPairProvider(KeyPairProvider.wrap(hostKey));
    ssh.setPublickeyAuthenticator(
        (user, key, session) -> KeyUtils.compareKeys(key, userKey.getPublic()));
    ssh.setCommandFactory((channel, command) -> new UploadCommand(command));
    ssh.start();
    http = HttpServer.create(new InetSocketAddress(0), 0);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/" + NAME, this::serve);
    http.start();
  }

  /** The address of this machine that the cluster's node routes to. */
  static String addressTowards(URI apiServer) throws IOException {
    try (var socket = new DatagramSocket()) {
      socket.connect(new InetSocketAddress(apiServer.getHost(), apiServer.getPort()));
      return socket.getLocalAddress().getHostAddress();
    }
  }

  String sshUrl() {
    return "ssh://git@%s:%d/%s".formatted(host, ssh.getPort(), NAME);
  }

  String httpUrl() {
    return "http://%s:%d/%s".formatted(host, http.getAddress().getPort(), NAME);
  }

  /** The line of known_hosts that is right for this server. */
  String knownHosts() {
    return "[%s]:%d %s"
        .formatted(host, ssh.getPort(), PublicKeyEntry.toString(hostKey.getPublic()));
  }

  /** The same line with a key that is not this server's. */
  String foreignKnownHosts() {
    return "[%s]:%d %s"
        .formatted(host, ssh.getPort(), PublicKeyEntry.toString(userKey.getPublic()));
  }

  String privateKey() {
    var key = new ByteArrayOutputStream();
    try {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(userKey, "tests", null, key);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    return key.toString(StandardCharsets.US_ASCII);
  }

  /** Commits files to the branch that is checked out. */
  String commit(Map<String, String> files) {
    try {
      for (Map.Entry<String, String> file : files.entrySet()) {
        Path path = directory.resolve(file.getKey());
        Files.createDirectories(path.getParent());
        Files.writeString(path, file.getValue());
      }
      return commitAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Commits a symbolic link on a branch of its own. */
  void commitLink(String branch, String link, String target) throws IOException, GitAPIException {
    git.checkout().setCreateBranch(true).setName(branch).call();
    Files.createSymbolicLink(directory.resolve(link), Path.of(target));
    commitAll();
    git.checkout().setName("main").call();
  }

  void tag(String name) throws GitAPIException {
    git.tag()
        .setName(name)
        .setAnnotated(true)
        .setMessage(name)
        .setSigned(false)
        .setTagger(author())
        .call();
  }

  private String commitAll() {
    try {
      git.add().addFilepattern(".").call();
      return git.commit()
          .setMessage("change")
          .setAuthor(author())
          .setCommitter(author())
          .setSign(false)
          .call()
          .name();
    } catch (GitAPIException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PersonIdent author() {
    return new PersonIdent("tests", "tests@example.com");
  }

  @Override
  public void close() throws IOException {
    http.stop(0);
    ssh.stop(true);
    git.close();
  }

  private UploadPack uploadPack() {
    return new UploadPack(git.getRepository());
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      String login =
          Base64.getEncoder().encodeToString(("git:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
      if (!("Basic " + login).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
        exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
        exchange.sendResponseHeaders(401, -1);
        return;
      }
      UploadPack pack = uploadPack();
      pack.setBiDirectionalPipe(false);
      if (exchange.getRequestURI().getPath().endsWith("/info/refs")) {
        exchange
            .getResponseHeaders()
            .set("Content-Type", "application/x-git-upload-pack-advertisement");
        exchange.sendResponseHeaders(200, 0);
        var out = new PacketLineOut(exchange.getResponseBody());
        out.writeString("# service=git-upload-pack\n");
        out.end();
        pack.sendAdvertisedRefs(new PacketLineOutRefAdvertiser(out));
      } else {
        exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-result");
        exchange.sendResponseHeaders(200, 0);
        pack.upload(body(exchange), exchange.getResponseBody(), null);
      }
    }
  }

  private static InputStream body(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    return "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"))
        ? new GZIPInputStream(new ByteArrayInputStream(body))
        : new ByteArrayInputStream(body);
  }

  /** What `git-upload-pack` is to a real server. */
  private final class UploadCommand extends AbstractCommandSupport {
    UploadCommand(String command) {
      super(command, null);
    }

    @Override
    public void run() {
      try {
        if (!getCommand().contains(NAME)) {
          getErrorStream().write("fatal: no such repository\n".getBytes(StandardCharsets.UTF_8));
          onExit(128);
          return;
        }
        uploadPack().upload(getInputStream(), getOutputStream(), getErrorStream());
        onExit(0);
      } catch (IOException e) {
        onExit(1, e.getMessage());
      }
    }
  }
}
