package dev.trainyard.oci;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * How connections to registries are made. The same variables say so to the operator and to its
 * Jobs.
 *
 * @param authorities certificates in PEM that are trusted beside the platform's, or empty
 * @param proxy HTTP proxy that leads to registries
 * @param direct hosts that are reached without it: names, addresses, or {@code .suffix}
 */
public record RegistryConnections(String authorities, Optional<URI> proxy, List<String> direct) {
  private static final String AUTHORITIES = "TRAINYARD_REGISTRY_AUTHORITIES";
  private static final String PROXY = "TRAINYARD_REGISTRY_PROXY";
  private static final String DIRECT = "TRAINYARD_REGISTRY_NO_PROXY";
  private static final int HTTP_PORT = 80;

  /** The platform's authorities, no proxy. */
  public static final RegistryConnections PLAIN =
      new RegistryConnections("", Optional.empty(), List.of());

  public RegistryConnections {
    direct = List.copyOf(direct);
  }

  /**
   * Reads them from environment variables.
   *
   * @throws IllegalArgumentException naming the variable, what is wrong and what to write
   */
  public static RegistryConnections from(Map<String, String> variables) {
    String authorities = variables.getOrDefault(AUTHORITIES, "").strip();
    try {
      if (!authorities.isEmpty() && certificates(authorities).isEmpty()) {
        throw new IllegalArgumentException(AUTHORITIES + " has no certificate: write them in PEM");
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          AUTHORITIES + " cannot be read: write certificates in PEM", e);
    }
    String proxy = variables.getOrDefault(PROXY, "").strip();
    if (!proxy.isEmpty() && !proxy.matches("http://[^/@\\s]+/?")) {
      throw new IllegalArgumentException(
          PROXY + " is not the URL of a proxy: write http://host:port, without user or password");
    }
    return new RegistryConnections(
        authorities,
        Optional.of(proxy).filter(p -> !p.isEmpty()).map(URI::create),
        Arrays.stream(variables.getOrDefault(DIRECT, "").split(","))
            .map(host -> host.strip().toLowerCase(Locale.ROOT))
            .filter(host -> !host.isEmpty())
            .toList());
  }

  /** The variables that say the same to another process; none when there is nothing to say. */
  public Map<String, String> variables() {
    var variables = new LinkedHashMap<String, String>();
    if (!authorities.isEmpty()) {
      variables.put(AUTHORITIES, authorities);
    }
    proxy.ifPresent(url -> {
      variables.put(PROXY, url.toString());
      variables.put(DIRECT, String.join(",", direct));
    });
    return variables;
  }

  /** Makes a client connect so. */
  HttpClient.Builder applyTo(HttpClient.Builder client) {
    proxy.ifPresent(url -> client.proxy(new Selector(url)));
    if (!authorities.isEmpty()) {
      client.sslContext(trusting());
    }
    return client;
  }

  private SSLContext trusting() {
    try {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates(authorities)) {
        trusted.setCertificateEntry("own-" + number++, certificate);
      }
      for (X509Certificate certificate : platform()) {
        trusted.setCertificateEntry("platform-" + number++, certificate);
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers(trusted), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("certificates that were read once are read again", e);
    }
  }

  private static Collection<? extends Certificate> certificates(String pem)
      throws GeneralSecurityException {
    return CertificateFactory.getInstance("X.509")
        .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
  }

  private static List<X509Certificate> platform() throws GeneralSecurityException {
    return Stream.of(managers(null))
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .flatMap(manager -> Stream.of(manager.getAcceptedIssuers()))
        .toList();
  }

  /**
   * Who decides whom to trust.
   *
   * @param trusted absent: what the platform trusts
   */
  private static TrustManager[] managers(@Nullable KeyStore trusted)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    return factory.getTrustManagers();
  }

  private boolean isDirect(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return direct.stream()
        .map(entry -> entry.replaceFirst("^\\*?\\.", ""))
        .anyMatch(entry -> name.equals(entry) || name.endsWith("." + entry));
  }

  /** One proxy for all but the named hosts. */
  private final class Selector extends ProxySelector {
    private final Proxy proxy;

    Selector(URI url) {
      proxy =
          new Proxy(
              Proxy.Type.HTTP,
              InetSocketAddress.createUnresolved(
                  url.getHost(), url.getPort() < 0 ? HTTP_PORT : url.getPort()));
    }

    @Override
    public List<Proxy> select(URI uri) {
      return List.of(isDirect(uri.getHost()) ? Proxy.NO_PROXY : proxy);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException cause) {
      // The request fails, and says so itself.
    }
  }
}
