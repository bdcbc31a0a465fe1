package dev.trainyard.oci;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Debian's docker-registry as a process of the test, on a free port of the loopback. */
public final class DockerRegistry implements AutoCloseable {
  public static final String USER = "trainer";
  public static final String PASSWORD = "correct horse";

  /** The password above, as htpasswd -B hashes it. */
  private static final String HASH = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";

  private static final Path PROGRAM = Path.of("/usr/bin/docker-registry");
  private static final Pattern LISTENING = Pattern.compile("listening on 127\\.0\\.0\\.1:(\\d+)");

  private final Process process;
  private final String host;

  private DockerRegistry(Process process, String host) {
    this.process = process;
    this.host = host;
  }

  /** A registry that anybody may push to. */
  public static DockerRegistry open(Path directory) throws IOException {
    return start(directory, "");
  }

  /** A registry that wants the user and the password above. */
  public static DockerRegistry locked(Path directory) throws IOException {
    Path users = directory.resolve("htpasswd");
    Files.writeString(users, USER + ":" + HASH + "\n");
    return start(directory, "auth: {htpasswd: {realm: test, path: " + users + "}}\n");
  }

  /** A registry that speaks https with a certificate that nobody trusts until told to. */
  public static DockerRegistry secure(Path directory, ServerCertificate certificate)
      throws IOException {
    return start(
        directory,
        "  tls: {certificate: %s, key: %s}\n".formatted(certificate.file(), certificate.key()));
  }

  private static DockerRegistry start(Path directory, String further) throws IOException {
    if (!Files.isExecutable(PROGRAM)) {
      throw new IllegalStateException(
          "The tests need "
              + PROGRAM
              + ": `make tools` installs it on Debian and Ubuntu, and `make test` calls that.");
    }
    Path config = directory.resolve("registry.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        log: {level: info}
        storage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}
        http:
          addr: "127.0.0.1:0"
        """
                .formatted(directory.resolve("data"))
            + further);
    Process process =
        new ProcessBuilder(PROGRAM.toString(), "serve", config.toString())
            .redirectErrorStream(true)
            .start();
    BufferedReader log = process.inputReader();
    for (String line = log.readLine(); line != null; line = log.readLine()) {
      Matcher listening = LISTENING.matcher(line);
      if (listening.find()) {
        Thread.ofVirtual().start(() -> drain(log));
        return new DockerRegistry(process, "127.0.0.1:" + listening.group(1));
      }
    }
    throw new IllegalStateException("docker-registry ended before it listened");
  }

  /** A full pipe would stop the registry; the end of it is the end of the registry. */
  private static void drain(BufferedReader log) {
    try {
      while (log.readLine() != null) {}
    } catch (IOException e) {
      return;
    }
  }

  /** Host and port. */
  public String host() {
    return host;
  }

  public URI url() {
    return URI.create("http://" + host);
  }

  public Repository repository(String name) {
    return new Repository(host, name, Credentials.NONE);
  }

  public RegistryEndpoints endpoints() {
    return new RegistryEndpoints(Map.of(), Set.of(host));
  }

  public RegistryClient client() {
    return new RegistryClient(endpoints());
  }

  /** A Docker config.json that opens a registry. */
  public static String config(String host, String user, String password) {
    return "{\"auths\": {\"%s\": {\"username\": \"%s\", \"password\": \"%s\"}}}"
        .formatted(host, user, password);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
