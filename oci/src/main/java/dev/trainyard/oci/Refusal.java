package dev.trainyard.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.RegistryException.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;

/** Says in a sentence why a registry did not do what was asked. */
final class Refusal {
  private static final int LONGEST = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  private Refusal() {}

  /**
   * The exception for an answer that is not what was hoped for. Of the body only the errors that
   * the distribution specification defines are shown: the server is one that a user may have named,
   * and anything else that it says is not for a status.
   */
  static RegistryException of(Repository repository, String what, int status, byte[] body) {
    Kind kind =
        switch (status) {
          case 401, 403 -> Kind.UNAUTHORIZED;
          case 404 -> Kind.NOT_FOUND;
          case 408, 429 -> Kind.UNREACHABLE;
          default -> status >= 500 ? Kind.UNREACHABLE : Kind.REJECTED;
        };
    List<String> errors = errors(body);
    return new RegistryException(
        kind,
        "The registry answers "
            + status
            + " for "
            + what
            + " in "
            + repository
            + (errors.isEmpty() ? "" : ": " + String.join(", ", errors)));
  }

  /** The exception for a request that was not answered. */
  static RegistryException of(Repository repository, URI endpoint, IOException e) {
    return new RegistryException(
        Kind.UNREACHABLE,
        "The registry "
            + repository.registry()
            + " does not answer at "
            + endpoint
            + ": "
            + cause(endpoint, e),
        e);
  }

  private static String cause(URI endpoint, IOException e) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof UnresolvedAddressException || t instanceof UnknownHostException) {
        return "there is no address for " + endpoint.getHost();
      }
    }
    return switch (e) {
      case ConnectException refused -> "it refuses the connection";
      case HttpTimeoutException timeout -> "it takes too long";
      case SSLException tls -> "https does not work: " + tls.getMessage();
      default ->
          e.getMessage() == null
              ? "the connection broke"
              : "the connection broke: " + e.getMessage();
    };
  }

  private static List<String> errors(byte[] body) {
    var errors = new ArrayList<String>();
    try {
      for (JsonNode error : JSON.readTree(body).path("errors")) {
        String text = error.path("code").asText() + " " + error.path("message").asText();
        String plain = text.replaceAll("\\p{Cntrl}", " ").strip();
        errors.add(plain.substring(0, Math.min(LONGEST, plain.length())));
      }
    } catch (IOException e) {
      return List.of();
    }
    return errors.subList(0, Math.min(3, errors.size()));
  }
}
