package dev.trainyard.operator.ssh;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.forward.AcceptAllForwardingFilter;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections. Nothing of this machine is used: no agent, no key files, no ssh_config. A
 * connection that is silent for about 45 seconds counts as lost.
 */
public final class SshConnector implements AutoCloseable {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration LOGIN = Duration.ofSeconds(20);
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);
  private static final int AT_ONCE = 8;
  private static final AttributeKey<KeyCheck> KEY_CHECK = new AttributeKey<>();

  private final Semaphore connecting = new Semaphore(AT_ONCE);

  /** Made for the first machine: its cryptography takes most of a second to load. */
  private @Nullable SshClient started;

  /** Waits until the connection is up and the user is logged in; at most about 40 seconds. */
  public SshConnection connect(SshHost host) throws SshFailure, InterruptedException {
    connecting.acquire();
    try {
      if (host.bastion().isEmpty()) {
        return new SshConnection(host, session(host, resolve(host), host.port()), () -> {});
      }
      return throughBastion(host, connect0(host.bastion().get()));
    } finally {
      connecting.release();
    }
  }

  private SshConnection connect0(SshHost bastion) throws SshFailure {
    try {
      return new SshConnection(
          bastion, session(bastion, resolve(bastion), bastion.port()), () -> {});
    } catch (SshFailure e) {
      throw new SshFailure(e.kind(), "bastion: " + e.getMessage(), e.fingerprint(), e);
    }
  }

  private SshConnection throughBastion(SshHost host, SshConnection bastion) throws SshFailure {
    try {
      InetSocketAddress door = bastion.doorTo(host.address(), host.port());
      ClientSession session = session(host, door.getAddress(), door.getPort());
      return new SshConnection(host, session, bastion::close);
    } catch (SshFailure e) {
      bastion.close();
      throw e;
    }
  }

  private static InetAddress resolve(SshHost host) throws SshFailure {
    try {
      return InetAddress.getByName(host.address());
    } catch (UnknownHostException e) {
      throw new SshFailure(
          SshFailure.Kind.NAME,
          "the name " + host.address() + " is not known to DNS: check address",
          e);
    }
  }

  private ClientSession session(SshHost host, InetAddress address, int port) throws SshFailure {
    List<KeyPair> keys = keys(host.login());
    ClientSession session = open(host, address, port);
    try {
      keys.forEach(session::addPublicKeyIdentity);
      if (host.login() instanceof Login.Password password) {
        session.addPasswordIdentity(password.secret());
      }
      session.auth().verify(LOGIN);
      return session;
    } catch (IOException e) {
      KeyCheck check = check(session);
      session.close(true);
      throw loginFailure(host, check, e);
    }
  }

  private ClientSession open(SshHost host, InetAddress address, int port) throws SshFailure {
    var context = AttributeRepository.ofKeyValuePair(KEY_CHECK, new KeyCheck(host));
    try {
      return client()
          .connect(host.username(), new InetSocketAddress(address, port), context, null)
          .verify(CONNECT)
          .getClientSession();
    } catch (IOException e) {
      throw new SshFailure(
          SshFailure.Kind.CONNECT,
          "no connection to "
              + host.text()
              + ": "
              + reason(e)
              + "; check address, port and firewall",
          e);
    }
  }

  private synchronized SshClient client() {
    if (started == null) {
      started = start();
    }
    return started;
  }

  private static SshClient start() {
    SshClient client = SshClient.setUpDefaultClient();
    client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
    client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
    client.setServerKeyVerifier((session, address, key) -> accept(session, key));
    // What a host asks to be forwarded to is only ever what a Lent of ours names.
    client.setForwardingFilter(AcceptAllForwardingFilter.INSTANCE);
    CoreModuleProperties.CLIENT_IDENTIFICATION.set(client, "trainyard");
    CoreModuleProperties.IDLE_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.NIO2_READ_TIMEOUT.set(client, Duration.ZERO);
    CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
    CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, 3);
    client.start();
    return client;
  }

  private static SshFailure loginFailure(SshHost host, KeyCheck check, IOException e) {
    String seen = check.seen;
    if (seen != null && check.verdict == HostKeyPins.Verdict.NOT_PINNED) {
      return new SshFailure(
          SshFailure.Kind.HOST_KEY_NOT_PINNED,
          host.text()
              + " shows the host key "
              + seen
              + " and none is pinned: compare it with `ssh-keygen -lf"
              + " /etc/ssh/ssh_host_ed25519_key.pub` on the machine, then set hostKeyFingerprint"
              + " or knownHosts",
          seen,
          e);
    }
    if (seen != null && check.verdict == HostKeyPins.Verdict.OTHER_KEY_PINNED) {
      return new SshFailure(
          SshFailure.Kind.HOST_KEY_CHANGED,
          host.text()
              + " shows the host key "
              + seen
              + ", which is not the pinned one: somebody else may answer at this address, or the"
              + " machine was set up anew; nothing was sent to it",
          seen,
          e);
    }
    if (seen == null) {
      return new SshFailure(
          SshFailure.Kind.PROTOCOL,
          "what answers at " + host.text() + " does not speak SSH as expected: " + reason(e),
          e);
    }
    boolean refused =
        e instanceof SshException ssh
            && ssh.getDisconnectCode()
                == org.apache.sshd.common.SshConstants
                    .SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE;
    return refused
        ? new SshFailure(
            SshFailure.Kind.LOGIN,
            host.text()
                + " refuses the user "
                + host.username()
                + (host.login() instanceof Login.Password
                    ? " with this password"
                    : " with this key")
                + ": check username and the Secret",
            e)
        : new SshFailure(
            SshFailure.Kind.LOST,
            "the connection to " + host.text() + " ended during login: " + reason(e),
            e);
  }

  private static List<KeyPair> keys(Login login) throws SshFailure {
    if (!(login instanceof Login.PrivateKey key)) {
      return List.of();
    }
    try {
      var pairs =
          SecurityUtils.loadKeyPairIdentities(
              null,
              NamedResource.ofName("private key"),
              new ByteArrayInputStream(key.text().getBytes(StandardCharsets.UTF_8)),
              FilePasswordProvider.of(key.passphrase().orElse("")));
      KeyPair pair = pairs == null ? null : pairs.iterator().next();
      if (pair == null) {
        throw new GeneralSecurityException("no key in it");
      }
      return List.of(pair);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new SshFailure(
          SshFailure.Kind.PRIVATE_KEY,
          "the private key of the Secret cannot be read"
              + (key.passphrase().isPresent()
                  ? ": check the passphrase, and that it is in OpenSSH or PEM format"
                  : ": it must be in OpenSSH or PEM format, and an encrypted one needs"
                      + " passphraseSecretRef"),
          e);
    }
  }

  private static boolean accept(ClientSession session, PublicKey key) {
    return check(session).judge(key);
  }

  private static KeyCheck check(ClientSession session) {
    return Optional.ofNullable(session.getConnectionContext())
        .map(context -> context.getAttribute(KEY_CHECK))
        .orElseThrow();
  }

  private static String reason(Throwable e) {
    Throwable deepest = e;
    while (deepest.getCause() != null && deepest.getCause() != deepest) {
      deepest = deepest.getCause();
    }
    String message = deepest.getMessage();
    return message == null || message.isBlank()
        ? "it did not answer in time"
        : Printable.text(message);
  }

  @Override
  public synchronized void close() {
    if (started != null) {
      started.stop();
    }
  }

  /** What was thought of the key that one host showed. */
  private static final class KeyCheck {
    private final SshHost host;
    private volatile @Nullable String seen;
    private volatile HostKeyPins.@Nullable Verdict verdict;

    KeyCheck(SshHost host) {
      this.host = host;
    }

    boolean judge(PublicKey key) {
      verdict = host.pins().judge(host.address(), host.port(), key);
      seen = HostKeyPins.fingerprint(key);
      return verdict == HostKeyPins.Verdict.PINNED;
    }
  }
}
