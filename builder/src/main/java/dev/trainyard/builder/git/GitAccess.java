package dev.trainyard.builder.git;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.eclipse.jgit.api.CloneCommand;
import org.eclipse.jgit.transport.SshTransport;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;
import org.eclipse.jgit.transport.sshd.SshdSessionFactory;
import org.eclipse.jgit.transport.sshd.SshdSessionFactoryBuilder;
import org.jspecify.annotations.Nullable;

/** What opens a repository: user and password for https, key and pinned host key for ssh. */
final class GitAccess implements AutoCloseable {
  private final @Nullable UsernamePasswordCredentialsProvider login;
  private final @Nullable SshdSessionFactory ssh;

  private GitAccess(
      @Nullable UsernamePasswordCredentialsProvider login, @Nullable SshdSessionFactory ssh) {
    this.login = login;
    this.ssh = ssh;
  }

  static GitAccess of(GitSource source) throws SourceException, IOException {
    boolean overHttp = source.url().regionMatches(true, 0, "http", 0, 4);
    if (!overHttp && !source.url().startsWith("file:")) {
      return new GitAccess(null, ssh(source));
    }
    Optional<String> password = secret(source, "password").or(() -> secret(source, "token"));
    return new GitAccess(
        password
            .map(text ->
                new UsernamePasswordCredentialsProvider(
                    secret(source, "username").orElse("git"), text))
            .orElse(null),
        null);
  }

  CloneCommand configure(CloneCommand clone) {
    if (login != null) {
      clone.setCredentialsProvider(login);
    }
    if (ssh != null) {
      clone.setTransportConfigCallback(transport -> {
        if (transport instanceof SshTransport sshTransport) {
          sshTransport.setSshSessionFactory(ssh);
        }
      });
    }
    return clone;
  }

  private static SshdSessionFactory ssh(GitSource source) throws SourceException, IOException {
    Optional<String> key = secret(source, "ssh-privatekey");
    Optional<String> knownHosts = secret(source, "known_hosts");
    if (key.isEmpty() || knownHosts.isEmpty()) {
      throw new SourceException(
          key.isEmpty() ? Reason.AUTHENTICATION_FAILED : Reason.HOST_KEY_REJECTED,
          "An ssh URL needs source.git.secretRef with the keys ssh-privatekey and known_hosts; "
              + (key.isEmpty() ? "ssh-privatekey" : "known_hosts")
              + " is missing.");
    }
    Path home = Files.createTempDirectory("ssh");
    // A mounted Secret is a link that others may read; ssh wants a file of its own.
    Path identity = home.resolve("identity");
    Files.createFile(
        identity,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(identity, key.get() + "\n");
    Path hosts = home.resolve("known_hosts");
    Files.writeString(hosts, knownHosts.get() + "\n");
    Files.writeString(home.resolve("config"), "Host *\n  StrictHostKeyChecking yes\n");
    return new SshdSessionFactoryBuilder()
        .setHomeDirectory(home.toFile())
        .setSshDirectory(home.toFile())
        .setPreferredAuthentications("publickey")
        .setDefaultIdentities(directory -> List.of(identity))
        .setDefaultKnownHostsFiles(directory -> List.of(hosts))
        .build(null);
  }

  private static Optional<String> secret(GitSource source, String key) {
    return source
        .secretDirectory()
        .map(directory -> directory.resolve(key))
        .filter(Files::isRegularFile)
        .map(file -> {
          try {
            return Files.readString(file).strip();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Override
  public void close() {
    if (ssh != null) {
      ssh.close();
    }
  }
}
