package dev.trainyard.builder.git;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A real sshd of the test's own user, with a host key and a client key of its own. */
final class SshServer implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/sbin/sshd");

  private final Process process;
  private final Path directory;
  private final int port;

  private SshServer(Process process, Path directory, int port) {
    this.process = process;
    this.directory = directory;
    this.port = port;
  }

  static SshServer in(Path directory) throws IOException, InterruptedException {
    if (!Files.isExecutable(PROGRAM)) {
      throw new IllegalStateException(
          "The tests need "
              + PROGRAM
              + ": `make tools` installs it on Debian and Ubuntu, and `make test` calls that.");
    }
    for (String name : List.of("host", "other-host", "client", "stranger")) {
      keygen(directory, name, "");
    }
    keygen(directory, "sealed", "a passphrase");
    Files.copy(directory.resolve("client.pub"), directory.resolve("authorized_keys"));
    int port = freePort();
    Path config = directory.resolve("sshd_config");
    Files.writeString(
        config,
        """
        ListenAddress 127.0.0.1:%d
        HostKey %s
        AuthorizedKeysFile %s
        PidFile none
        UsePAM no
        StrictModes no
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        PermitRootLogin prohibit-password
        AcceptEnv GIT_PROTOCOL
        """
            .formatted(port, directory.resolve("host"), directory.resolve("authorized_keys")));
    if (System.getProperty("user.name").equals("root")) {
      Files.createDirectories(Path.of("/run/sshd"));
    }
    Process process =
        new ProcessBuilder(PROGRAM.toString(), "-D", "-e", "-f", config.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader log = process.inputReader();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      if (line.contains("Server listening")) {
        Thread.ofVirtual().start(() -> drain(log));
        return new SshServer(process, directory, port);
      }
    }
    throw new IllegalStateException("sshd ended before it listened");
  }

  /** A full pipe would stop the server; the end of it is the end of the server. */
  private static void drain(BufferedReader log) {
    try {
      while (log.readLine() != null) {}
    } catch (IOException e) {
      return;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void keygen(Path directory, String name, String passphrase)
      throws IOException, InterruptedException {
    String file = directory.resolve(name).toString();
    GitFixture.run(
        directory,
        List.of("ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f", file));
  }

  String url(Path repository) {
    return "ssh://" + System.getProperty("user.name") + "@127.0.0.1:" + port + repository;
  }

  /** A Secret as it is mounted: the named key, and the named host's line of known_hosts. */
  Path secret(Path target, String key, String host) throws IOException {
    Files.createDirectories(target);
    Files.copy(directory.resolve(key), target.resolve("ssh-privatekey"));
    Files.writeString(
        target.resolve("known_hosts"),
        "[127.0.0.1]:" + port + " " + Files.readString(directory.resolve(host + ".pub")));
    return target;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
