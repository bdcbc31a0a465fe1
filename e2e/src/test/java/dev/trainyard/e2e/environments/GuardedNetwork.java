package dev.trainyard.e2e.environments;

import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The testbed's servers as the networks of companies have them: under names that only proxies know,
 * over https with certificates of an authority that nobody else trusts. The index of wheels is the
 * one that is reached without a proxy.
 */
final class GuardedNetwork implements AutoCloseable {
  private static final String PACKAGES = "packages.example";
  private static final String REGISTRY = "registry.example";

  private final String host;
  private final String registryHost;
  private final Authority authority;
  private final Gate plain;
  private final Gate secure;
  private final Gate registry;
  private final TunnelProxy tunnels;

  /**
   * Begins to listen.
   *
   * @param packageServer root of the testbed's package server
   * @param nodeRegistry root of the registry on the node
   */
  GuardedNetwork(URI packageServer, URI nodeRegistry) throws IOException {
    host = Gate.addressTowards(packageServer);
    registryHost = nodeRegistry.getHost();
    authority = new Authority(host, PACKAGES, REGISTRY);
    plain = Gate.plain(packageServer);
    secure = Gate.secure(packageServer, authority.serverContext());
    registry = Gate.secure(nodeRegistry, authority.serverContext());
    tunnels =
        new TunnelProxy(
            Map.of(
                PACKAGES + ":443", secure.socketAddress(),
                REGISTRY + ":443", registry.socketAddress()));
  }

  /** What an administrator sets: the channels {@code plain} and {@code tls}, and all the rest. */
  Map<String, String> settings() throws IOException {
    String proxy = "http://" + host + ":" + tunnels.port();
    var settings = new LinkedHashMap<String, String>();
    settings.put(
        "CHANNELS", "plain=http://%1$s/channel,tls=https://%1$s/channel".formatted(PACKAGES));
    settings.put("PIP_INDEX_URL", "https://" + secure.address() + "/simple");
    settings.put("HTTP_PROXY", "http://" + plain.address());
    settings.put("HTTPS_PROXY", proxy);
    settings.put("NO_PROXY", host);
    settings.put("TRAINYARD_REGISTRY_PUSH", REGISTRY);
    settings.put("TRAINYARD_REGISTRY_INSECURE", "false");
    settings.put("TRAINYARD_REGISTRY_AUTHORITIES", authority.certificate());
    settings.put("TRAINYARD_REGISTRY_PROXY", proxy);
    settings.put("TRAINYARD_REGISTRY_NO_PROXY", registryHost);
    return settings;
  }

  /** Manifest of the ConfigMap with the authority that builds are to trust. */
  String authorities() throws IOException {
    return authority.configMap("trainyard-authorities");
  }

  /** Hosts that the proxy for http was asked for. */
  Set<String> throughPlainProxy() {
    return plain.hosts();
  }

  /** Each host and port that the proxy for https opened a tunnel to. */
  Set<String> throughTunnels() {
    return tunnels.asked();
  }

  /** Names under which the package server was spoken to over https. */
  Set<String> packagesOverTls() {
    return secure.hosts();
  }

  /** The package server over https, as it is reached without a proxy. */
  String directIndex() {
    return secure.address();
  }

  /** Names under which the registry was spoken to over https. */
  Set<String> registryOverTls() {
    return registry.hosts();
  }

  @Override
  public void close() throws IOException {
    tunnels.close();
    registry.close();
    secure.close();
    plain.close();
    authority.close();
  }
}
