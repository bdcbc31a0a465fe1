package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.Credentials;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The registry of run images, which only the cluster may reach and which is lent to a machine while
 * it pulls.
 *
 * @param hostPort host[:port] as the operator reaches it
 * @param insecure whether it speaks plain http
 * @param credentials read for each pull
 */
public record LentRegistry(String hostPort, boolean insecure, Supplier<Credentials> credentials) {
  String host() {
    int colon = hostPort.lastIndexOf(':');
    return colon < 0 ? hostPort : hostPort.substring(0, colon);
  }

  int port() {
    int colon = hostPort.lastIndexOf(':');
    if (colon < 0) {
      return insecure ? 80 : 443;
    }
    return Integer.parseInt(hostPort.substring(colon + 1));
  }

  /** The header that opens the registry for one pull; the engine does not keep it. */
  Map<String, String> header(String repository) {
    return credentials
        .get()
        .engineHeader(hostPort, repository)
        .map(value -> Map.of("X-Registry-Auth", value))
        .orElse(Map.of());
  }
}
