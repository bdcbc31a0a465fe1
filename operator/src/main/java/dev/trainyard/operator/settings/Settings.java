package dev.trainyard.operator.settings;

import dev.trainyard.oci.RegistryConnections;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an administrator sets, from environment variables that begin with {@code TRAINYARD_}.
 *
 * @param registryPush host[:port] of the registry as the operator and build pods reach it
 * @param registryPull host[:port] of the same registry as nodes reach it
 * @param registryInsecure whether the registry speaks plain http
 * @param registryCredentials path of a docker config.json, or empty
 * @param registrySecret name of the dockerconfigjson Secret that opens the registry for the pods of
 *     a namespace with runs, or empty
 * @param registryMirrors public registry host to the URL that it is reached through
 * @param registryConnections how connections to registries are made
 * @param builderImage image of the snapshot Jobs
 * @param defaultBaseImage base image of configurations that name none
 * @param watchNamespaces namespaces to look after; empty: all
 * @param leaseNamespace namespace of the Lease by which replicas choose a leader; empty: this
 *     process is the only one
 * @param identity name of this replica
 * @param httpPort port of health and metrics
 * @param allowInsecureSources whether sources may be fetched over http and from private addresses
 * @param fluxHosts hosts from which the artifacts of Flux may be fetched over http and at private
 *     addresses, in lower case
 * @param environments how conda environments are built
 */
public record Settings(
    String registryPush,
    String registryPull,
    boolean registryInsecure,
    String registryCredentials,
    Optional<String> registrySecret,
    Map<String, String> registryMirrors,
    RegistryConnections registryConnections,
    String builderImage,
    String defaultBaseImage,
    Set<String> watchNamespaces,
    Optional<String> leaseNamespace,
    String identity,
    int httpPort,
    boolean allowInsecureSources,
    Set<String> fluxHosts,
    EnvironmentSettings environments) {

  private static final String PREFIX = "TRAINYARD_";

  /** Where Flux is unless somebody puts it elsewhere. */
  private static final String FLUX_HOST = "source-controller.flux-system.svc.cluster.local";

  /** The repository that keeps the snapshots, run images and history of a namespace. */
  public String repository(String namespace) {
    return "trainyard/" + namespace;
  }

  /** Variables that tell the builder in a pod how it reaches the registry. */
  public Map<String, String> registryVariables() {
    var variables = new LinkedHashMap<String, String>();
    variables.put(PREFIX + "REGISTRY_INSECURE", Boolean.toString(registryInsecure));
    variables.putAll(registryConnections.variables());
    return variables;
  }

  /** Raised when a setting is missing or wrong; the message names all of them. */
  public static final class InvalidSettingsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    InvalidSettingsException(List<String> problems) {
      super("The operator cannot start: " + String.join("; ", problems));
    }
  }

  /**
   * Reads and checks all settings.
   *
   * @throws InvalidSettingsException naming every problem at once
   */
  public static Settings from(Map<String, String> environment) {
    var problems = new ArrayList<String>();
    String push = required(environment, "REGISTRY_PUSH", problems);
    var settings =
        new Settings(
            push,
            environment.getOrDefault(PREFIX + "REGISTRY_PULL", push),
            flag(environment, "REGISTRY_INSECURE", problems),
            environment.getOrDefault(PREFIX + "REGISTRY_CREDENTIALS", ""),
            Optional.of(environment.getOrDefault(PREFIX + "REGISTRY_SECRET", ""))
                .filter(name -> !name.isBlank()),
            mirrors(environment.getOrDefault(PREFIX + "REGISTRY_MIRRORS", ""), problems),
            connections(environment, problems),
            required(environment, "BUILDER_IMAGE", problems),
            environment.getOrDefault(
                PREFIX + "DEFAULT_BASE_IMAGE", "mcr.microsoft.com/azureml/base:0.2.4"),
            Set.copyOf(list(environment.getOrDefault(PREFIX + "WATCH_NAMESPACES", ""))),
            Optional.of(environment.getOrDefault(PREFIX + "LEASE_NAMESPACE", ""))
                .filter(name -> !name.isBlank()),
            environment.getOrDefault("HOSTNAME", "operator"),
            port(environment.getOrDefault(PREFIX + "HTTP_PORT", "8080"), problems),
            flag(environment, "ALLOW_INSECURE_SOURCES", problems),
            fluxHosts(environment, problems),
            EnvironmentSettings.from(environment, problems));
    if (!problems.isEmpty()) {
      throw new InvalidSettingsException(problems);
    }
    return settings;
  }

  private static RegistryConnections connections(
      Map<String, String> environment, List<String> problems) {
    try {
      return RegistryConnections.from(environment);
    } catch (IllegalArgumentException e) {
      problems.add(String.valueOf(e.getMessage()));
      return RegistryConnections.PLAIN;
    }
  }

  private static String required(
      Map<String, String> environment, String name, List<String> problems) {
    String value = environment.getOrDefault(PREFIX + name, "");
    if (value.isBlank()) {
      problems.add(PREFIX + name + " is not set");
    }
    return value;
  }

  private static boolean flag(Map<String, String> environment, String name, List<String> problems) {
    String value = environment.getOrDefault(PREFIX + name, "false");
    if (!value.equals("true") && !value.equals("false")) {
      problems.add(PREFIX + name + " is '" + value + "': write true or false");
    }
    return value.equals("true");
  }

  private static Set<String> fluxHosts(Map<String, String> environment, List<String> problems) {
    var hosts = new LinkedHashSet<String>();
    for (String host : list(environment.getOrDefault(PREFIX + "FLUX_HOSTS", FLUX_HOST))) {
      if (!host.matches("[A-Za-z0-9][-A-Za-z0-9.]*")) {
        problems.add(PREFIX + "FLUX_HOSTS has '" + host + "': write host names, without a port");
      }
      hosts.add(host.toLowerCase(Locale.ROOT));
    }
    return Set.copyOf(hosts);
  }

  private static int port(String value, List<String> problems) {
    try {
      int port = Integer.parseInt(value);
      if (port >= 0 && port <= 65_535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message about this setting.
    }
    problems.add(PREFIX + "HTTP_PORT is '" + value + "': write a port from 0 to 65535");
    return 0;
  }

  private static Map<String, String> mirrors(String value, List<String> problems) {
    var mirrors = new LinkedHashMap<String, String>();
    for (String entry : list(value)) {
      int equals = entry.indexOf('=');
      if (equals < 1 || !entry.substring(equals + 1).matches("https?://\\S+")) {
        problems.add(
            PREFIX + "REGISTRY_MIRRORS has '" + entry + "': write host=http(s)://mirror[:port]");
      } else {
        mirrors.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return mirrors;
  }

  private static List<String> list(String value) {
    return value.isBlank()
        ? List.of()
        : List.of(value.split(",")).stream().map(String::strip).filter(s -> !s.isEmpty()).toList();
  }
}
