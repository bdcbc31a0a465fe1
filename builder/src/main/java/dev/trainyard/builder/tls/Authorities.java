package dev.trainyard.builder.tls;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate authorities that https servers may be of: the public ones, and those of a file.
 *
 * @param file certificates in PEM form; empty: the public ones alone
 * @param field how users name the ConfigMap that the file is of, such as {@code
 *     source.git.caConfigMapRef}
 */
public record Authorities(Optional<Path> file, String field) {

  /**
   * For connections to servers of these authorities.
   *
   * @throws SourceException when the file has no certificates
   */
  public SSLContext context() throws SourceException, IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS cannot be used", e);
    }
  }

  /**
   * As {@link #context}, for libraries that make a context of their own.
   *
   * @return null for what the JVM trusts by itself
   */
  public TrustManager @Nullable [] trustManagers() throws SourceException, IOException {
    if (file.isEmpty()) {
      return null;
    }
    try {
      Collection<? extends Certificate> added = read(file.get());
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (X509Certificate known : publicOnes()) {
        trusted.setCertificateEntry("public-" + number++, known);
      }
      for (Certificate certificate : added) {
        trusted.setCertificateEntry("added-" + number++, certificate);
      }
      return factory(trusted).getTrustManagers();
    } catch (GeneralSecurityException e) {
      throw new IOException("certificates cannot be read", e);
    }
  }

  private Collection<? extends Certificate> read(Path path) throws SourceException, IOException {
    try (InputStream in = Files.newInputStream(path)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (!found.isEmpty()) {
        return found;
      }
    } catch (GeneralSecurityException e) {
      throw notCertificates(e);
    }
    throw notCertificates(null);
  }

  private SourceException notCertificates(@Nullable Throwable cause) {
    String message =
        "The key ca.crt of the ConfigMap that " + field + " names has no certificates in PEM form.";
    return cause == null
        ? new SourceException(Reason.SOURCE_INVALID, message)
        : new SourceException(Reason.SOURCE_INVALID, message, cause);
  }

  private static X509Certificate[] publicOnes() throws GeneralSecurityException {
    for (TrustManager manager : factory(null).getTrustManagers()) {
      if (manager instanceof X509TrustManager known) {
        return known.getAcceptedIssuers();
      }
    }
    return new X509Certificate[0];
  }

  private static TrustManagerFactory factory(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }

  /**
   * Says so when a connection was not made because nobody vouches for the server.
   *
   * @param url of the server
   */
  public Optional<SourceException> trouble(String url, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLHandshakeException handshake) {
        return Optional.of(
            new SourceException(
                Reason.SOURCE_UNREACHABLE,
                "The certificate of the server of "
                    + url
                    + " is not trusted: "
                    + handshake.getMessage()
                    + ". Where its authority is one of your own, put that into a ConfigMap under the"
                    + " key ca.crt and name it in "
                    + field
                    + ".",
                failure));
      }
    }
    return Optional.empty();
  }
}
