package dev.trainyard.builder.git;

import dev.trainyard.oci.AddressRule;
import java.io.IOException;
import java.net.Proxy;
import java.net.URL;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import org.eclipse.jgit.transport.http.HttpConnection;
import org.eclipse.jgit.transport.http.HttpConnectionFactory2;
import org.eclipse.jgit.transport.http.JDKHttpConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the connections of a fetch over http, and refuses those to addresses that a source may not
 * come from: each redirect asks for a connection of its own.
 */
final class GuardedConnections implements HttpConnectionFactory2 {

  /** A connection that is not made; the message says which and why. */
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private final JDKHttpConnectionFactory connections = new JDKHttpConnectionFactory();
  private final boolean allowInsecure;
  private final TrustManager @Nullable [] trusted;

  /**
   * @param trusted who vouches for servers; null: whom the JVM trusts
   */
  GuardedConnections(boolean allowInsecure, TrustManager @Nullable [] trusted) {
    this.allowInsecure = allowInsecure;
    this.trusted = trusted;
  }

  @Override
  public HttpConnection create(URL url) throws IOException {
    check(url);
    return trusting(url, connections.create(url));
  }

  @Override
  public HttpConnection create(URL url, Proxy proxy) throws IOException {
    check(url);
    return trusting(url, connections.create(url, proxy));
  }

  private HttpConnection trusting(URL url, HttpConnection connection) throws IOException {
    if (trusted != null && url.getProtocol().equals("https")) {
      try {
        connection.configure(null, trusted, null);
      } catch (GeneralSecurityException e) {
        throw new IOException("TLS cannot be used", e);
      }
    }
    return connection;
  }

  /** The JVM keeps what it looked up for half a minute, so that the connection goes there too. */
  private void check(URL url) throws RefusedException {
    if (allowInsecure) {
      return;
    }
    if (!url.getProtocol().equals("https")) {
      throw new RefusedException(
          "the server sends the fetch on to " + url.getHost() + " without https");
    }
    Optional<String> refusal = AddressRule.PUBLIC.refusal(url.getHost());
    if (refusal.isPresent()) {
      throw new RefusedException(url.getHost() + " " + refusal.get());
    }
  }

  @Override
  public GitSession newSession() {
    return connections.newSession();
  }
}
