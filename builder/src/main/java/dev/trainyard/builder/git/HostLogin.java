package dev.trainyard.builder.git;

import org.eclipse.jgit.errors.UnsupportedCredentialItem;
import org.eclipse.jgit.transport.CredentialItem;
import org.eclipse.jgit.transport.URIish;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/** User and password for one server: another that a redirect leads to does not get them. */
final class HostLogin extends UsernamePasswordCredentialsProvider {
  private final URIish server;

  HostLogin(URIish server, String username, String password) {
    super(username, password);
    this.server = server;
  }

  @Override
  public boolean get(URIish asking, CredentialItem... items) throws UnsupportedCredentialItem {
    boolean same =
        server.getHost().equalsIgnoreCase(asking.getHost())
            && port(server) == port(asking)
            && (GitSource.scheme(server).equals("http")
                || GitSource.scheme(asking).equals("https"));
    return same && super.get(asking, items);
  }

  private static int port(URIish uri) {
    if (uri.getPort() > 0) {
      return uri.getPort();
    }
    return GitSource.scheme(uri).equals("https") ? 443 : 80;
  }
}
