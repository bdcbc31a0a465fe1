package dev.trainyard.builder.git;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.eclipse.jgit.errors.NoRemoteRepositoryException;

/**
 * Finds out what kind of trouble a fetch had. jgit tells apart only some of it by type; the rest is
 * told by the sentences of its transports.
 */
final class GitTrouble {
  private GitTrouble() {}

  static SourceException of(GitSource source, GitAPIException e) {
    String url = source.url();
    Optional<String> refused = find(e, GuardedConnections.RefusedException.class);
    if (refused.isPresent()) {
      return new SourceException(
          Reason.URL_NOT_ALLOWED,
          "source.git.url '" + url + "' is not allowed: " + refused.get() + ".",
          e);
    }
    Optional<SourceException> untrusted = source.authorities().trouble(url, e);
    if (untrusted.isPresent()) {
      return untrusted.get();
    }
    String text = sentences(e);
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.contains("remote branch") && lower.contains("not found")) {
      return new SourceException(
          Reason.REF_NOT_FOUND, "The repository " + url + " has no such branch or tag.", e);
    }
    if (lower.contains("server key did not validate") || lower.contains("host key")) {
      return new SourceException(
          Reason.HOST_KEY_REJECTED,
          "The host key of "
              + url
              + " is not in known_hosts of the Secret: add the line that `ssh-keyscan` prints, once"
              + " you know it to be right.",
          e);
    }
    if (lower.contains("not authorized")
        || lower.contains("authentication")
        || lower.contains("no more auth")
        || lower.contains("not permitted")
        || lower.contains("cannot log in")) {
      return new SourceException(
          Reason.AUTHENTICATION_FAILED,
          "The server of "
              + url
              + " refuses the credentials, or wants some: check the Secret that"
              + " source.git.secretRef names.",
          e);
    }
    return isUnreachable(e)
        ? new SourceException(
            Reason.SOURCE_UNREACHABLE,
            "The server of " + url + " cannot be reached: " + text + ".",
            e)
        : notFound(url, lower, text, e);
  }

  private static SourceException notFound(
      String url, String lower, String text, GitAPIException e) {
    return has(e, NoRemoteRepositoryException.class) || lower.contains("not found")
        ? new SourceException(
            Reason.REPOSITORY_NOT_FOUND,
            "There is no Git repository at " + url + ", or it may not be seen.",
            e)
        : new SourceException(
            Reason.SOURCE_UNREACHABLE, "Fetching " + url + " did not work: " + text + ".", e);
  }

  private static boolean isUnreachable(Throwable e) {
    return has(e, UnknownHostException.class)
        || has(e, ConnectException.class)
        || has(e, SocketTimeoutException.class)
        || has(e, UnresolvedAddressException.class);
  }

  /** Message of the first cause of a kind. */
  private static Optional<String> find(Throwable e, Class<? extends Throwable> kind) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return Optional.ofNullable(cause.getMessage());
      }
    }
    return Optional.empty();
  }

  private static boolean has(Throwable e, Class<? extends Throwable> kind) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (kind.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static String sentences(Throwable e) {
    var text = new StringBuilder();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause.getMessage() != null && text.indexOf(cause.getMessage()) < 0) {
        text.append(text.isEmpty() ? "" : ": ").append(cause.getMessage());
      }
    }
    return text.toString();
  }
}
