package dev.trainyard.oci;

import java.net.URI;
import java.util.Map;
import java.util.Set;

/**
 * Where registries are reached: over https under their own name, unless a mirror is named or plain
 * http is allowed.
 *
 * @param mirrors registry host to the URL that it is reached through
 * @param insecure hosts that are spoken to over plain http
 * @param connections how connections are made
 */
public record RegistryEndpoints(
    Map<String, String> mirrors, Set<String> insecure, RegistryConnections connections) {

  /** Endpoints that are reached as the platform reaches any server. */
  public RegistryEndpoints(Map<String, String> mirrors, Set<String> insecure) {
    this(mirrors, insecure, RegistryConnections.PLAIN);
  }

  /** Base URL of a registry, without a slash at the end. */
  public URI of(String registry) {
    String mirror = mirrors.get(registry);
    if (mirror != null) {
      return URI.create(mirror.replaceAll("/+$", ""));
    }
    String host = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
    return URI.create((insecure.contains(registry) ? "http://" : "https://") + host);
  }

  /** Whether an administrator named the place, so that it may be anywhere. */
  boolean isNamed(String registry) {
    return mirrors.containsKey(registry) || insecure.contains(registry);
  }
}
