package dev.trainyard.builder.git;

import dev.trainyard.builder.tls.Authorities;
import dev.trainyard.oci.AddressRule;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.eclipse.jgit.transport.URIish;

/**
 * A directory of a Git repository at a branch, a tag or a commit; with none of them, of the
 * repository's default branch.
 *
 * @param commit id, perhaps only its first 7 or more digits
 * @param path directory in the repository; empty for the whole
 * @param secretDirectory where the keys of the Secret are files: username and password or token for
 *     https, ssh-privatekey and known_hosts for ssh
 * @param authorities who may vouch for an https server
 * @param allowInsecure whether http URLs and private addresses are allowed
 */
public record GitSource(
    String url,
    Optional<String> branch,
    Optional<String> tag,
    Optional<String> commit,
    String path,
    Optional<Path> secretDirectory,
    Authorities authorities,
    boolean allowInsecure) {

  private static final String ADMINISTRATOR =
      " An administrator can allow it with the chart's value allowInsecureSources.";

  /**
   * The URL, as jgit reads it.
   *
   * @throws SourceException when it is not one that may be fetched
   */
  URIish checkedUrl() throws SourceException {
    URIish uri;
    try {
      uri = new URIish(url);
    } catch (URISyntaxException e) {
      throw notAllowed("it is not a URL. Use https:// or ssh://.");
    }
    String host = Objects.requireNonNullElse(uri.getHost(), "");
    if (host.isEmpty() || host.startsWith("-")) {
      throw notAllowed("it names no host. Use https:// or ssh://.");
    }
    switch (scheme(uri)) {
      case "https", "ssh" -> {}
      case "http" -> {
        if (!allowInsecure) {
          throw notAllowed("use https:// or ssh:// instead of http://." + ADMINISTRATOR);
        }
      }
      default -> throw notAllowed("use https:// or ssh://.");
    }
    if (!allowInsecure) {
      Optional<String> refusal = AddressRule.PUBLIC.refusal(host);
      if (refusal.isPresent()) {
        throw notAllowed(host + " " + refusal.get() + "." + ADMINISTRATOR);
      }
    }
    // Git servers know their users by key, and expect this name where the URL gives none.
    return scheme(uri).equals("ssh") && uri.getUser() == null ? uri.setUser("git") : uri;
  }

  /** The scheme of a URL; that of {@code user@host:path} is ssh. */
  static String scheme(URIish uri) {
    String scheme = uri.getScheme();
    if (scheme == null) {
      return uri.getUser() == null ? "" : "ssh";
    }
    return scheme.toLowerCase(Locale.ROOT);
  }

  private SourceException notAllowed(String why) {
    return new SourceException(
        Reason.URL_NOT_ALLOWED, "source.git.url '" + url + "' is not allowed: " + why);
  }

  /** What is asked for, in words: {@code branch main}. */
  String wanted() {
    return commit
        .map(c -> "commit " + c)
        .or(() -> branch.map(b -> "branch " + b))
        .or(() -> tag.map(t -> "tag " + t))
        .orElse("commit yet");
  }

  /** Where it is looked for, in words: {@code branch main}. */
  String place() {
    return commit.isEmpty() && branch.isEmpty() && tag.isEmpty() ? "default branch" : wanted();
  }

  SourceException ambiguous(Throwable cause) {
    return new SourceException(
        Reason.REF_NOT_FOUND,
        "The repository "
            + url
            + " has several objects that begin like "
            + wanted()
            + ": give more digits in source.git.commit.",
        cause);
  }

  SourceException refNotFound() {
    return new SourceException(
        Reason.REF_NOT_FOUND, "The repository " + url + " has no " + wanted() + ".");
  }
}
