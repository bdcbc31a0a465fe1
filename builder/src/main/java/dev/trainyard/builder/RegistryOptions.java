package dev.trainyard.builder;

import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Patience;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryConnections;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every subcommand that speaks with the registry of runs. */
final class RegistryOptions {

  @Option(names = "--repository", required = true, description = "Repository of the namespace.")
  private String repository = "";

  @Option(names = "--registry-config", description = "Docker config.json for the registry.")
  private @Nullable Path registryConfig;

  @Option(
      names = "--registry-insecure",
      description = "Whether the registry speaks plain http.",
      defaultValue = "${env:TRAINYARD_REGISTRY_INSECURE:-false}")
  private String registryInsecure = "false";

  Credentials credentials() throws IOException {
    return registryConfig == null
        ? Credentials.NONE
        : Credentials.fromDockerConfig(Files.readAllBytes(registryConfig));
  }

  /** Where it goes; credentials that cannot be read are told as the registry's refusal is. */
  Repository repository() throws RegistryException, IOException {
    try {
      return Repository.of(ImageReference.parse(repository), credentials());
    } catch (IllegalArgumentException e) {
      throw new RegistryException(
          RegistryException.Kind.UNAUTHORIZED, String.valueOf(e.getMessage()), e);
    }
  }

  RegistryClient client() throws RegistryException, IOException {
    Set<String> insecure =
        Boolean.parseBoolean(registryInsecure) ? Set.of(repository().registry()) : Set.of();
    return new RegistryClient(
        new RegistryEndpoints(mirrors(), insecure, RegistryConnections.from(System.getenv())),
        Patience.LONG);
  }

  /** How public registries are reached: {@code host=url} entries, as the operator has them. */
  private static Map<String, String> mirrors() {
    var mirrors = new LinkedHashMap<String, String>();
    for (String entry :
        List.of(System.getenv().getOrDefault("TRAINYARD_REGISTRY_MIRRORS", "").split(","))) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        mirrors.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return mirrors;
  }

  /** The word for a condition's reason. */
  static String reason(RegistryException e) {
    return switch (e.kind()) {
      case UNREACHABLE, NOT_FOUND -> "RegistryUnreachable";
      case UNAUTHORIZED -> "RegistryUnauthorized";
      case REJECTED, INVALID -> "RegistryRejected";
    };
  }
}
