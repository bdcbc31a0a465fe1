package dev.trainyard.builder.git;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.eclipse.jgit.api.TransportCommand;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.Transport;
import org.eclipse.jgit.transport.TransportHttp;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.SshdSessionFactoryBuilder;
import org.jspecify.annotations.Nullable;

/** What opens a repository: user and password for https, key and pinned host key for ssh. */
final class GitAccess implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 60;

  private final GuardedConnections connections;
  private final @Nullable HostLogin login;
  private final @Nullable SshdSessionFactory ssh;

  private GitAccess(
      GuardedConnections connections, @Nullable HostLogin login, @Nullable SshdSessionFactory ssh) {
    this.connections = connections;
    this.login = login;
    this.ssh = ssh;
  }

  /**
   * Reads the Secret.
   *
   * @param home a folder for what the ssh client wants as files
   * @throws SourceException when a key of it is missing or wrong
   */
  static GitAccess of(GitSource source, URIish url, Path home) throws SourceException, IOException {
    var connections =
        new GuardedConnections(source.allowInsecure(), source.authorities().trustManagers());
    return GitSource.scheme(url).equals("ssh")
        ? new GitAccess(connections, null, ssh(source, home))
        : new GitAccess(connections, login(source, url), null);
  }

  <C extends TransportCommand<C, ?>> C configure(C command) {
    return command
        .setCredentialsProvider(login)
        .setTimeout(TIMEOUT_SECONDS)
        .setTransportConfigCallback(this::configure);
  }

  private void configure(Transport transport) {
    if (transport instanceof TransportHttp http) {
      http.setHttpConnectionFactory(connections);
    }
    if (transport instanceof SshTransport sshTransport) {
      sshTransport.setSshSessionFactory(ssh);
    }
  }

  private static @Nullable HostLogin login(GitSource source, URIish url)
      throws SourceException, IOException {
    if (source.secretDirectory().isEmpty()) {
      return null;
    }
    Optional<String> password = secret(source, "password");
    if (password.isEmpty()) {
      password = secret(source, "token");
    }
    if (password.isEmpty()) {
      throw new SourceException(
          Reason.AUTHENTICATION_FAILED,
          "The Secret that source.git.secretRef names has neither the key password nor token, and"
              + " an https URL needs one.");
    }
    return new HostLogin(url, secret(source, "username").orElse("git"), password.get());
  }

  private static SshdSessionFactory ssh(GitSource source, Path home)
      throws SourceException, IOException {
    Optional<String> key = secret(source, "ssh-privatekey");
    Optional<String> knownHosts = secret(source, "known_hosts");
    if (key.isEmpty() || knownHosts.isEmpty()) {
      throw new SourceException(
          key.isEmpty() ? Reason.AUTHENTICATION_FAILED : Reason.HOST_KEY_REJECTED,
          "An ssh URL needs source.git.secretRef with the keys ssh-privatekey and known_hosts; "
              + (key.isEmpty() ? "ssh-privatekey" : "known_hosts")
              + " is missing.");
    }
    List<KeyPair> keys = keys(key.get());
    Path hosts = home.resolve("known_hosts");
    Files.writeString(hosts, knownHosts.get() + "\n");
    Files.writeString(home.resolve("config"), "Host *\n  StrictHostKeyChecking yes\n");
    return new SshdSessionFactoryBuilder()
        .setHomeDirectory(home.toFile())
        .setSshDirectory(home.toFile())
        .setPreferredAuthentications("publickey")
        .setDefaultIdentities(directory -> List.of())
        .setDefaultKeysProvider(directory -> keys)
        .setDefaultKnownHostsFiles(directory -> List.of(hosts))
        .build(null);
  }

  /** The key stays in memory: nothing of it is written to disk. */
  private static List<KeyPair> keys(String text) throws SourceException {
    var keys = new ArrayList<KeyPair>();
    byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
    try (InputStream in = new ByteArrayInputStream(bytes)) {
      Iterable<KeyPair> read =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName("ssh-privatekey"),
              in,
              FilePasswordProvider.of((String) null));
      if (read != null) {
        read.forEach(keys::add);
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      // The cause may show part of the key.
      keys.clear();
    }
    if (keys.isEmpty()) {
      throw new SourceException(
          Reason.AUTHENTICATION_FAILED,
          "The key ssh-privatekey of the Secret that source.git.secretRef names is not a private"
              + " key in OpenSSH or PEM form without a passphrase.");
    }
    return keys;
  }

  /** A key of the Secret; editors and `echo` leave a line end behind it. */
  private static Optional<String> secret(GitSource source, String key) throws IOException {
    if (source.secretDirectory().isEmpty()) {
      return Optional.empty();
    }
    Path file = source.secretDirectory().get().resolve(key);
    return Files.isRegularFile(file)
        ? Optional.of(Files.readString(file).replaceFirst("[\r\n]+$", ""))
            .filter(text -> !text.isBlank())
        : Optional.empty();
  }

  @Override
  public void close() {
    if (ssh != null) {
      ssh.close();
    }
  }
}
