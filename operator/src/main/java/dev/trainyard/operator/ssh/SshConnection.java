package dev.trainyard.operator.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.util.net.SshdSocketAddress;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;

/**
 * One connection, over which several things can be done at once. Every call has a time limit. What
 * is closed early is closed with the host's knowledge: otherwise it would wait there for ever to go
 * on writing, and a Docker engine holds its container while it does.
 */
public final class SshConnection implements AutoCloseable {
  private static final Duration OPEN = Duration.ofSeconds(10);
  private static final int COMPLAINTS = 4_096;

  private final SshHost host;
  private final ClientSession session;
  private final Runnable afterwards;

  SshConnection(SshHost host, ClientSession session, Runnable afterwards) {
    this.host = host;
    this.session = session;
    this.afterwards = afterwards;
  }

  /**
   * How a command ended.
   *
   * @param exitCode -1 when the host gave none
   * @param complete whether all of its output is here
   */
  public record Result(int exitCode, String output, String error, boolean complete) {}

  /** A connection to a Unix socket of the host. */
  public record Stream(InputStream in, OutputStream out, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  /** A port of the host that leads to one address on this side; given back when it is closed. */
  public record Lent(int port, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  public SshHost host() {
    return host;
  }

  public boolean isOpen() {
    return session.isOpen() && session.isAuthenticated();
  }

  /** Fingerprint of the host's key. */
  public String hostKeyFingerprint() {
    return HostKeyPins.fingerprint(session.getServerKey());
  }

  /**
   * Runs a command to its end.
   *
   * @param mostBytes of its output; a command with more is ended
   * @throws SshFailure when it does not end in time or the connection is lost
   */
  public Result run(List<String> words, int mostBytes, Duration limit) throws SshFailure {
    return run(words, InputStream.nullInputStream(), mostBytes, limit);
  }

  /**
   * Runs a command to its end.
   *
   * @param input what it reads; not closed
   * @param mostBytes of its output; a command with more is ended
   * @throws SshFailure when it does not end in time or the connection is lost
   */
  public Result run(List<String> words, InputStream input, int mostBytes, Duration limit)
      throws SshFailure {
    try (ChannelExec channel = session.createExecChannel(ShellWords.line(words))) {
      var exceeded = new AtomicBoolean();
      Runnable end =
          () -> {
            exceeded.set(true);
            channel.close(false);
          };
      var output = new LimitedOutput(mostBytes, end);
      var error = new LimitedOutput(mostBytes, end);
      channel.setOut(output);
      channel.setErr(error);
      channel.setIn(input);
      channel.open().verify(OPEN);
      var events = channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), limit.toMillis());
      if (events.contains(ClientChannelEvent.TIMEOUT)) {
        channel.close(false);
        throw new SshFailure(
            SshFailure.Kind.LOST,
            "a command on " + host.text() + " did not end within " + limit.toSeconds() + " s");
      }
      int code = Optional.ofNullable(channel.getExitStatus()).orElse(-1);
      if (code < 0 && !exceeded.get()) {
        throw lost("the connection ended during a command", null);
      }
      return new Result(code, output.text(), error.text(), !exceeded.get());
    } catch (IOException e) {
      throw lost("no command could be started", e);
    }
  }

  /** Runs a command and gives what it prints as it comes; the limit ends both. */
  public CommandOutput open(List<String> words, Duration limit) throws SshFailure {
    ChannelExec channel = null;
    try {
      channel = session.createExecChannel(ShellWords.line(words));
      var error = new LimitedOutput(COMPLAINTS, () -> {});
      channel.setErr(error);
      channel.setIn(InputStream.nullInputStream());
      channel.open().verify(OPEN);
      return new CommandOutput(channel, error, limit);
    } catch (IOException e) {
      if (channel != null) {
        channel.close(true);
      }
      throw lost("no command could be started", e);
    }
  }

  /** Connects to a Unix socket of the host. */
  public Stream unixSocket(String path) throws SshFailure {
    var channel = new UnixSocketChannel(path);
    try {
      session.getService(ConnectionService.class).registerChannel(channel);
      channel.open().verify(OPEN);
      return new Stream(
          channel.getInvertedOut(), channel.getInvertedIn(), () -> channel.close(false));
    } catch (IOException e) {
      channel.close(true);
      if (!isOpen()) {
        throw lost("the connection ended", e);
      }
      throw new SshFailure(
          SshFailure.Kind.SOCKET,
          host.text() + " does not open the socket " + path + ": " + Printable.text(said(e)),
          e);
    }
  }

  /** Lends the host an address of this side as a port of its loopback. */
  public Lent lend(String address, int port) throws SshFailure {
    try {
      var tracker =
          session.createRemotePortForwardingTracker(
              new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress(address, port));
      return new Lent(
          tracker.getBoundAddress().getPort(),
          () -> {
            try {
              tracker.close();
            } catch (IOException e) {
              session.close(true);
            }
          });
    } catch (IOException e) {
      if (!isOpen()) {
        throw lost("the connection ended", e);
      }
      throw new SshFailure(
          SshFailure.Kind.REFUSED,
          host.text()
              + " does not forward a port back, which the image is pulled through: set"
              + " AllowTcpForwarding yes in its sshd_config",
          e);
    }
  }

  /** A port of this side that leads to an address that the host reaches. */
  InetSocketAddress doorTo(String address, int port) throws SshFailure {
    try {
      var tracker =
          session.createLocalPortForwardingTracker(
              new SshdSocketAddress("127.0.0.1", 0), new SshdSocketAddress(address, port));
      return new InetSocketAddress(
          InetAddress.getLoopbackAddress(), tracker.getBoundAddress().getPort());
    } catch (IOException e) {
      throw new SshFailure(
          SshFailure.Kind.REFUSED, "bastion " + host.text() + " does not forward a port", e);
    }
  }

  /** Writes a file of the host, relative to the user's home; what was there is replaced. */
  public void upload(String path, InputStream content) throws SshFailure {
    try (SftpClient sftp = SftpClientFactory.instance().createSftpClient(session);
        OutputStream out =
            sftp.write(
                path,
                SftpClient.OpenMode.Write,
                SftpClient.OpenMode.Create,
                SftpClient.OpenMode.Truncate)) {
      content.transferTo(out);
    } catch (IOException e) {
      throw lost("the file " + path + " was not written", e);
    }
  }

  @Override
  public void close() {
    session.close(true);
    afterwards.run();
  }

  private SshFailure lost(String what, @org.jspecify.annotations.Nullable IOException e) {
    String message =
        what + " on " + host.text() + (e == null ? "" : ": " + Printable.text(said(e)));
    SshFailure.Kind kind = isOpen() ? SshFailure.Kind.REFUSED : SshFailure.Kind.LOST;
    return e == null ? new SshFailure(kind, message) : new SshFailure(kind, message, e);
  }

  private static String said(IOException e) {
    Throwable deepest = e;
    while (deepest.getCause() != null && deepest.getCause() != deepest) {
      deepest = deepest.getCause();
    }
    String message = deepest.getMessage();
    return message == null ? deepest.getClass().getSimpleName() : message;
  }
}
