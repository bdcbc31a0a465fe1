package dev.trainyard.builder.archive;

import dev.trainyard.builder.tls.Authorities;
import dev.trainyard.oci.AddressRule;
import dev.trainyard.oci.Digest;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Enumeration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * A .tar, .tar.gz or .zip file at a URL; which of them it is, its first bytes tell. Nothing of it
 * is looked at before its digest is found right.
 *
 * @param sha256 64 hexadecimal digits
 * @param field how users name the source, such as {@code source.archive}
 * @param allowInsecure whether http URLs and private addresses are allowed
 * @param trustedHosts hosts that http and private addresses are allowed of all the same
 * @param authorities who may vouch for an https server
 */
public record ArchiveSource(
    String url,
    String sha256,
    String field,
    boolean allowInsecure,
    Set<String> trustedHosts,
    Authorities authorities) {
  private static final int MOST_REDIRECTS = 5;
  private static final Duration ANSWER = Duration.ofMinutes(1);
  private static final int OK = 200;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;

  /** Fetches the file and lays its content out below a directory. */
  public void unpack(Path root) throws SourceException, IOException {
    Path file = Files.createTempFile("archive", "");
    try {
      download(file);
      var extraction = new Extraction(root);
      byte[] magic = new byte[4];
      try (InputStream in = Files.newInputStream(file)) {
        in.readNBytes(magic, 0, magic.length);
      }
      if (magic[0] == 'P' && magic[1] == 'K') {
        zip(file, extraction);
      } else {
        tar(file, (magic[0] & 0xff) == 0x1f && (magic[1] & 0xff) == 0x8b, extraction);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  /** A redirect may lead somewhere else, so that it is checked as the URL itself is. */
  private URI checked(String address) throws SourceException {
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new SourceException(Reason.URL_NOT_ALLOWED, "'" + address + "' is not a URL.", e);
    }
    boolean trusted = allowInsecure || isTrusted(uri);
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("https") && !(trusted && scheme.equals("http"))) {
      throw new SourceException(
          Reason.URL_NOT_ALLOWED,
          "The URL " + address + " is not allowed: use https://." + administrator());
    }
    Optional<String> refusal =
        trusted || uri.getHost() == null
            ? Optional.empty()
            : AddressRule.PUBLIC.refusal(uri.getHost());
    if (refusal.isPresent()) {
      throw new SourceException(
          Reason.URL_NOT_ALLOWED,
          "The URL "
              + address
              + " is not allowed: "
              + uri.getHost()
              + " "
              + refusal.get()
              + "."
              + administrator());
    }
    return uri;
  }

  /** A name of the cluster's DNS may end with a full stop. */
  private boolean isTrusted(URI uri) {
    return uri.getHost() != null
        && trustedHosts.contains(uri.getHost().toLowerCase(Locale.ROOT).replaceFirst("\\.$", ""));
  }

  private String administrator() {
    return trustedHosts.isEmpty()
        ? " An administrator can allow it with the chart's value allowInsecureSources."
        : " Allowed are "
            + String.join(", ", new TreeSet<>(trustedHosts))
            + "; an administrator can name others in the chart's value fluxHosts.";
  }

  private void download(Path file) throws SourceException, IOException {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(15))
            .sslContext(authorities.context());
    try (HttpClient http = client.build()) {
      HttpResponse<InputStream> response = open(http);
      MessageDigest computation = Digest.sha256();
      try (var body = new DigestInputStream(response.body(), computation)) {
        check(response.statusCode());
        Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
      }
      String found = Digest.of(computation).hex();
      if (!found.equals(sha256)) {
        throw new SourceException(
            Reason.SOURCE_INVALID,
            "The file at "
                + url
                + " has the SHA-256 "
                + found
                + ", and that of "
                + field
                + " is "
                + sha256
                + ": it is not the file that was meant.");
      }
    } catch (IOException e) {
      throw authorities
          .trouble(url, e)
          .orElseGet(() ->
              new SourceException(
                  Reason.SOURCE_UNREACHABLE, "The URL " + url + " cannot be read: " + e, e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SourceException(Reason.SOURCE_UNREACHABLE, "The download was interrupted.", e);
    }
  }

  private HttpResponse<InputStream> open(HttpClient http)
      throws SourceException, IOException, InterruptedException {
    URI uri = checked(url);
    for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response =
          http.send(
              HttpRequest.newBuilder(uri).timeout(ANSWER).build(), BodyHandlers.ofInputStream());
      Optional<String> location = response.headers().firstValue("Location");
      if (response.statusCode() / 100 != 3 || location.isEmpty()) {
        return response;
      }
      response.body().close();
      uri = checked(uri.resolve(location.get()).toString());
    }
    throw new SourceException(
        Reason.SOURCE_UNREACHABLE,
        "The server of " + url + " redirects more than " + MOST_REDIRECTS + " times.");
  }

  private void check(int status) throws SourceException {
    if (status != OK) {
      Reason reason =
          switch (status) {
            case UNAUTHORIZED, FORBIDDEN -> Reason.AUTHENTICATION_FAILED;
            case NOT_FOUND -> Reason.PATH_NOT_FOUND;
            default -> Reason.SOURCE_UNREACHABLE;
          };
      throw new SourceException(
          reason, "The server of " + url + " answers " + status + ": is the URL right?");
    }
  }

  private void tar(Path file, boolean compressed, Extraction extraction)
      throws SourceException, IOException {
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        InputStream plain = compressed ? new GZIPInputStream(raw) : raw;
        var tar = new TarArchiveInputStream(plain, "UTF-8")) {
      TarArchiveEntry entry = tar.getNextEntry();
      if (entry == null) {
        // What is too short for a tar counts as one without entries.
        throw new IOException("it has no entries");
      }
      for (; entry != null; entry = tar.getNextEntry()) {
        TarEntries.extract(tar, entry, entry.getName(), extraction);
      }
    } catch (IOException e) {
      throw new SourceException(
          Reason.SOURCE_INVALID,
          "The file at " + url + " is not a .tar, .tar.gz or .zip file: " + e.getMessage() + ".",
          e);
    }
  }

  private static void zip(Path file, Extraction extraction) throws SourceException, IOException {
    try (ZipFile zip = ZipFile.builder().setPath(file).get()) {
      for (Enumeration<ZipArchiveEntry> entries = zip.getEntries(); entries.hasMoreElements(); ) {
        ZipArchiveEntry entry = entries.nextElement();
        if (entry.isDirectory()) {
          extraction.directory(entry.getName());
        } else if (entry.isUnixSymlink()) {
          extraction.link(entry.getName(), zip.getUnixSymlink(entry));
        } else {
          try (InputStream content = zip.getInputStream(entry)) {
            extraction.file(entry.getName(), content, (entry.getUnixMode() & 0100) != 0);
          }
        }
      }
    }
  }
}
